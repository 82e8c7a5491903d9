import type { Routing } from '@ring/placement'
import { expect } from 'vitest'
import { FrameType } from '../core/frames/frame-header.ts'
import type { IncomingRequest } from '../core/program/answering/incoming-request.ts'
import { Chance, type SimulatedNode, type SimulatedProgram, SimulatedRing } from './simulated-ring.ts'

const partitions = 8
const services = ['a', 'b']
const text = new TextDecoder()
const encoder = new TextEncoder()

/** One request of the simulation and what became of it. */
export interface Sent {
  readonly id: number
  readonly origin: string
  readonly key: string
  /** The service that it names. */
  readonly service: string | undefined
  /** Its key is the name of a server. */
  readonly isAddressed: boolean
  readonly idempotent: boolean
  ends: number
  outcome: string
}

/** One start of a handler. */
export interface Started {
  readonly id: number
  readonly by: string
  /** The service that the program serves. */
  readonly serves: string | undefined
}

export interface Faults {
  readonly moves: boolean
  readonly losses: boolean
  readonly cancels: boolean
  readonly mode: 'hash' | 'random'
  /** Some messages are posted: nobody hears of their end. */
  readonly posts?: boolean
  /** Some requests name a service, and some are addressed; one server and one slave are of the version before. */
  readonly services?: boolean
}

const idBytes = 12

/** The id and a blank, and blanks behind it: bytes, since making them of text was a tenth of a run. */
function bodyOf(id: number, bytes: number): Uint8Array {
  const body = new Uint8Array(Math.max(bytes, `${id} `.length)).fill(0x20)
  encoder.encodeInto(`${id}`, body)
  return body
}

function idIn(body: Uint8Array): number {
  return Number.parseInt(text.decode(body.subarray(0, idBytes)), 10)
}

export class Scenario {
  readonly ring: SimulatedRing
  readonly sent: Sent[] = []
  readonly started: Started[] = []
  readonly servers: SimulatedNode[] = []
  private readonly chance: Chance
  private readonly faults: Faults
  private readonly unanswered: (() => void)[] = []
  private readonly clients: SimulatedProgram[] = []
  private readonly serving = new Map<SimulatedProgram, string | undefined>()
  private routing: Routing
  private names = 0

  constructor(seed: number, faults: Faults) {
    this.ring = new SimulatedRing(seed)
    this.chance = new Chance(seed + 1_000_003)
    this.faults = faults
    const isLater = faults.services !== true
    for (let index = 0; index < 3; index++) {
      this.servers.push(this.ring.addNode(`s${index}`, true, 1, isLater || index < 2))
    }
    const slaves = [this.ring.addNode('a', false), this.ring.addNode('b', false, 1, isLater)]
    this.routing = this.nextRouting(undefined)
    this.ring.announce(this.routing)
    for (const node of [...this.servers, ...slaves]) {
      for (const server of this.servers) if (server !== node) this.ring.link(node, server)
    }
    for (const node of this.servers) for (let i = 0; i < 2; i++) this.addServer(node)
    if (faults.services === true) this.addServices()
    for (const node of [...slaves, ...slaves]) this.addClient(node)
    this.addClient(this.servers[0]!)
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.act()
      this.ring.step()
      await Promise.resolve()
    }
    // Each answer may let go of requests that were held behind it; the longest deadline passes on the way.
    for (let round = 0; round < 200 && this.isAnythingOut; round++) {
      for (const answer of this.unanswered.splice(0)) answer()
      await this.ring.settle(8)
    }
    await this.ring.settle(8)
  }

  /** What became of the posts of all programs that ever asked. */
  get posts() {
    const sum = { taken: 0, handled: 0, notDelivered: 0, maybeDelivered: 0, failed: 0 }
    for (const { endpoint } of this.clients) {
      for (const [name, count] of Object.entries(endpoint.origin.posts.counters)) sum[name as keyof typeof sum] += count
    }
    return sum
  }

  private get isAnythingOut(): boolean {
    const { taken, handled, notDelivered, maybeDelivered, failed } = this.posts
    return this.sent.some(({ ends }) => ends === 0) || taken > handled + notDelivered + maybeDelivered + failed
  }

  private act(): void {
    const choice = this.chance.below(100)
    if (choice < 30) this.ask()
    else if (choice < 45) this.unanswered.splice(this.chance.below(this.unanswered.length + 1), 1)[0]?.()
    else if (choice < 48 && this.faults.moves) this.move()
    else if (choice < 50 && this.faults.losses) this.lose()
  }

  private ask(): void {
    const client = this.chance.pick(this.clients.filter(({ isAlive }) => isAlive))
    if (client === undefined) return
    const id = this.sent.length
    const isAddressed = this.faults.services === true && this.chance.below(4) === 0
    const key = isAddressed ? `s${this.chance.below(4)}` : `k${this.chance.below(6)}`
    const service = this.faults.services === true ? this.chance.pick([undefined, ...services]) : undefined
    const idempotent = this.faults.losses && this.chance.below(5) === 0
    const one: Sent = { id, origin: client.name, key, service, isAddressed, idempotent, ends: 0, outcome: '' }
    this.sent.push(one)
    if (this.faults.posts === true && this.chance.below(2) === 0) {
      this.post(client, one)
      return
    }
    const controller = new AbortController()
    const large = this.chance.below(20) === 0 ? 70_000 + this.chance.below(600_000) : 0
    const oneWay = this.chance.below(4) === 0
    const body = bodyOf(id, large)
    const { origin } = client.endpoint
    const options = {
      deadlineMs: this.faults.losses ? 3_000 : 0,
      idempotent,
      signal: controller.signal,
      whenFull: this.chance.below(2) === 0 ? 'wait' : 'fail',
    } as const
    const asked = service === undefined ? undefined : origin.services.named(service)
    origin.request(oneWay ? FrameType.oneWay : FrameType.request, key, body, options, asked, isAddressed).then(
      (answer) => {
        one.ends++
        one.outcome = 'reply'
        if (!oneWay) expect(text.decode(answer as Uint8Array)).toBe(`${id}`)
      },
      (error: unknown) => {
        one.ends++
        one.outcome = (error as { code?: string }).code ?? String(error)
      },
    )
    if (this.faults.cancels && this.chance.below(6) === 0)
      this.unanswered.push(() => {
        controller.abort()
      })
  }

  private post(client: SimulatedProgram, one: Sent): void {
    const deadlineMs = this.faults.losses ? 3_000 : 0
    one.ends = 1
    try {
      const body = encoder.encode(`${one.id} `)
      client.endpoint.origin.posts.post(one.key, body, { deadlineMs, whenFull: 'wait' })
      one.outcome = 'posted'
    } catch (error) {
      one.outcome = (error as { code: string }).code
    }
  }

  private handle(by: string, serves: string | undefined, request: IncomingRequest): Uint8Array | Promise<Uint8Array> {
    const id = idIn(request.body)
    this.started.push({ id, by, serves })
    const reply = encoder.encode(`${id}`)
    if (this.chance.below(2) === 0) return reply
    return new Promise((resolve) => {
      this.unanswered.push(() => {
        resolve(reply)
      })
    })
  }

  private addServer(node: SimulatedNode, serves?: string): void {
    const name = `${node.name}/p${this.names++}`
    const program = this.ring.addProgram(node, name, (request) => this.handle(name, serves, request), serves)
    this.serving.set(program, serves)
  }

  /** Two programs of one service, one of another, which not all serve. */
  private addServices(): void {
    for (const node of this.servers.slice(0, 2)) for (const serves of ['a', 'a']) this.addServer(node, serves)
    this.addServer(this.servers[0]!, 'b')
  }

  private addClient(node: SimulatedNode): void {
    this.clients.push(this.ring.addProgram(node, `${node.name}/c${this.names++}`, undefined))
  }

  private move(): void {
    this.routing = this.nextRouting(this.routing)
    this.ring.announce(this.routing)
  }

  /** Cuts a data link, which comes back at once, or ends a program, whose successor attaches. */
  private lose(): void {
    const link = this.chance.pick(this.ring.links)
    if (link === undefined) return
    link.cut()
    link.settle()
    const program = this.ring.programs.find((one) => one.link === link)
    if (program === undefined) {
      const [from, to] = link.name.split(' ')[0]!.split('-')
      const find = (name?: string): SimulatedNode => this.ring.nodes.find((node) => node.name === name)!
      this.ring.link(find(from), find(to))
    } else if (program.name.includes('/p')) this.addServer(program.node, this.serving.get(program))
    else this.addClient(program.node)
  }

  private nextRouting(before: Routing | undefined): Routing {
    const version = (before?.version ?? 0) + 1
    const owners = before?.owners.slice() ?? new Uint16Array(partitions * 2)
    const changedAt = before?.changedAt.slice() ?? new Float64Array(partitions)
    for (let partition = 0; partition < partitions; partition++) {
      if (before !== undefined && this.chance.below(3) > 0) continue
      const owner = this.chance.below(3)
      owners[partition * 2] = owner
      owners[partition * 2 + 1] = (owner + 1) % 3
      changedAt[partition] = version
    }
    const servers = ['s0', 's1', 's2'].map((name) => ({ name, incarnation: 1, address: name, up: true }))
    const { mode } = this.faults
    return { version, epoch: version, mode, strategy: 'ring', partitions, servers, width: 2, owners, changedAt }
  }
}
