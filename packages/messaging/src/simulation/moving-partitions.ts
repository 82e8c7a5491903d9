import { partitionOf, type Routing } from '@ring/placement'
import type { Incarnation } from '@ring/platform'
import { FrameType } from '../core/frames/frame-header.ts'
import type { IncomingRequest } from '../core/program/answering/incoming-request.ts'
import type { BroadcastAnswer } from '../core/program/asking/pending-request.ts'
import type { RelayRules } from '../core/relay/rules.ts'
import type { MemoryLink } from './memory-link.ts'
import { Chance, type SimulatedNode, type SimulatedProgram, SimulatedRing } from './simulated-ring.ts'

const partitions = 8
const width = 2
const names = ['s0', 's1', 's2', 's3']
const service = 'accounts'
const text = new TextDecoder()
const encoder = new TextEncoder()

/** A call that writes its number into the state of its key. */
export interface Written {
  readonly id: number
  readonly origin: string
  readonly key: string
  readonly service: string | undefined
  readonly isFanOut: boolean
  ends: number
  outcome: string
}

export interface Mishaps {
  /** Links, programs, pauses, expulsions. */
  readonly losses: boolean
  readonly cancels: boolean
  readonly fanOuts: boolean
  /** So many calls are made at once now and then: more than there is room for. */
  readonly burst?: number
  /** Shorter than many fences. */
  readonly deadlineMs?: number
}

interface Merge {
  readonly version: number
  readonly closing: Uint8Array
  /** The rows that COMMIT makes current. */
  readonly owners: Uint16Array
  /** What each server held when it said that it was drained. */
  readonly drained: Map<string, ReadonlyMap<string, readonly number[]>>
}

/**
 * A ring whose partitions move from server to server, each with its data: a record closes some, every server waits until what it gave
 * to programs has ended, the new ones take over what it then holds, and another record says that they are moved, or stay. A handler
 * writes at its end, also when nobody waits for it any more.
 */
export class MovingPartitions {
  readonly ring: SimulatedRing
  readonly written: Written[] = []
  readonly started: { readonly id: number; readonly by: string }[] = []
  /** What happened that must not: a start or a write between "drained" and the record that lifts the fence. */
  readonly broken: string[] = []
  commits = 0
  opens = 0
  private readonly chance: Chance
  private readonly mishaps: Mishaps
  private readonly servers: SimulatedNode[]
  private readonly clients: SimulatedProgram[] = []
  private readonly serving = new Map<SimulatedProgram, string | undefined>()
  /** What each server holds: for each key the calls that were written, in order. */
  private readonly state = new Map<string, Map<string, number[]>>(names.map((name) => [name, new Map()]))
  private readonly unanswered: (() => void)[] = []
  private readonly lives = new Map<string, Incarnation>()
  private routing: Routing
  private merge: Merge | undefined
  private programs = 0

  constructor(seed: number, mishaps: Mishaps, relay?: RelayRules) {
    this.ring = new SimulatedRing(seed, relay && { relay })
    this.chance = new Chance(seed + 1_000_003)
    this.mishaps = mishaps
    this.servers = names.map((name) => this.ring.addNode(name, true))
    for (const node of this.servers) node.relay.onDrained = (version) => this.drained(node, version)
    const slaves = ['a', 'b'].map((name) => this.ring.addNode(name, false))
    const shape = { mode: 'hash', strategy: 'ring', partitions, width } as const
    const servers = names.map((name) => ({ name, incarnation: 1, address: name, up: true }))
    const changedAt = new Float64Array(partitions).fill(1)
    this.routing = { ...shape, version: 1, epoch: 1, servers, owners: this.someRows(), changedAt }
    this.ring.announce(this.routing)
    for (const node of [...this.servers, ...slaves]) {
      for (const server of this.servers) if (server !== node) this.ring.link(node, server)
    }
    for (const node of this.servers) for (const serves of [undefined, undefined, service]) this.addServer(node, serves)
    for (const node of [...slaves, ...slaves, this.servers[0]!]) this.addClient(node)
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.act()
      this.ring.step()
      await Promise.resolve()
    }
    for (let round = 0; round < 300 && (this.merge || this.written.some(({ ends }) => ends === 0)); round++) {
      for (const go of this.unanswered.splice(0)) go()
      if (this.merge !== undefined) this.goOn()
      await this.ring.settle(4)
    }
    for (const go of this.unanswered.splice(0)) go()
    await this.ring.settle(8)
  }

  /** Calls that were answered, and are not in the state of whom the partition belongs to. */
  lost(): Written[] {
    return this.written.filter(({ id, key, service: named, isFanOut, outcome }) => {
      const row = this.rowOf(this.routing.owners, this.partitionOf(key))
      const holders = isFanOut ? row : row.slice(0, 1)
      const isHeld = (name: string): boolean => this.stateOf(name, placeOf(key, named)).includes(id)
      return outcome === 'reply' && !holders.every(isHeld)
    })
  }

  private act(): void {
    const { losses, burst = 0 } = this.mishaps
    const choice = this.chance.below(200)
    if (choice < 30) this.ask()
    else if (choice < 80) this.unanswered.splice(this.chance.below(this.unanswered.length + 1), 1)[0]?.()
    else if (choice < 90) this.goOn()
    else if (choice < 91) this.announce({})
    else if (choice < 95 && losses) this.lose()
    else if (choice < 96) for (let call = 0; call < burst; call++) this.ask()
  }

  private ask(): void {
    const client = this.chance.pick(this.clients.filter(({ isAlive }) => isAlive))
    if (client === undefined) return
    const isFanOut = this.mishaps.fanOuts && this.chance.below(4) === 0
    const named = this.chance.below(4) === 0 ? service : undefined
    const key = `k${this.chance.below(24)}`
    const one: Written = {
      id: this.written.length,
      origin: client.name,
      key,
      service: named,
      isFanOut,
      ends: 0,
      outcome: '',
    }
    this.written.push(one)
    const { origin } = client.endpoint
    const type = isFanOut ? FrameType.replicate : this.chance.below(4) === 0 ? FrameType.oneWay : FrameType.request
    const large = !isFanOut && this.chance.below(40) === 0 ? 70_000 + this.chance.below(300_000) : 0
    const body = encoder.encode(`${one.id} `.padEnd(large))
    const controller = new AbortController()
    const { losses, deadlineMs = losses ? 3_000 : 0 } = this.mishaps
    const options = { deadlineMs, signal: controller.signal }
    const asked = named === undefined ? undefined : origin.services.named(named)
    origin.request(type, key, body, options, asked).then(
      (answer) => {
        one.ends++
        one.outcome = isFanOut ? outcomeOf(answer as readonly BroadcastAnswer[]) : 'reply'
      },
      (error: unknown) => {
        one.ends++
        one.outcome = (error as { code?: string }).code ?? String(error)
      },
    )
    if (!this.mishaps.cancels || this.chance.below(5) > 0) return
    this.unanswered.push(() => {
      controller.abort()
    })
  }

  private handle(program: () => SimulatedProgram, request: IncomingRequest): Uint8Array | Promise<Uint8Array> {
    const { node, name } = program()
    const serves = this.serving.get(program())
    const [key, id] = [text.decode(request.key), Number.parseInt(text.decode(request.body.subarray(0, 12)), 10)]
    this.started.push({ id, by: name })
    this.check(node, key, `${id} was started`)
    const write = (): Uint8Array => {
      // A process that has ended writes nothing.
      if (program().isAlive) {
        this.check(node, key, `${id} was written`)
        this.stateOf(node.name, placeOf(key, serves)).push(id)
      }
      return new Uint8Array(0)
    }
    if (this.chance.below(2) === 0) return write()
    return new Promise((resolve) => {
      this.unanswered.push(() => {
        resolve(write())
      })
    })
  }

  private check(node: SimulatedNode, key: string, what: string): void {
    const { merge } = this
    const closing = node.routing?.closing
    if (merge === undefined || closing?.version !== merge.version || !merge.drained.has(node.name)) return
    if (closing.partitions[this.partitionOf(key)] === 1) this.broken.push(`${what} at ${node.name}, which was drained`)
  }

  private goOn(): void {
    const { merge } = this
    if (merge === undefined) this.close()
    else if (this.servers.every(({ name }) => merge.drained.has(name))) this.end(merge, this.chance.below(4) > 0)
    else if (this.chance.below(50) === 0) this.end(merge, false)
  }

  private close(): void {
    const closing = Uint8Array.from({ length: partitions }, () => this.chance.below(2))
    const rows = this.someRows()
    const owners = this.routing.owners.map((server, place) =>
      closing[Math.floor(place / width)] === 1 ? rows[place]! : server,
    )
    const version = this.routing.version + 1
    this.merge = { version, closing, owners, drained: new Map() }
    this.announce({ closing: { version, partitions: closing } })
  }

  private drained(node: SimulatedNode, version: number): void {
    const { merge } = this
    if (merge?.version !== version) return
    if (merge.drained.has(node.name)) this.broken.push(`${node.name} was drained twice`)
    const held = [...this.state.get(node.name)!].map(([key, ids]) => [key, [...ids]] as const)
    merge.drained.set(node.name, new Map(held))
  }

  /** The record that lifts the fence: the partitions have moved, or stay. */
  private end({ closing, owners, drained }: Merge, isCommit: boolean): void {
    this.merge = undefined
    const { closing: _, ...routing } = this.routing
    this.routing = routing
    if (!isCommit) {
      this.opens++
      this.announce({})
      return
    }
    this.commits++
    const version = routing.version + 1
    const changedAt = routing.changedAt.map((at, partition) => (closing[partition] === 1 ? version : at))
    for (const [from, held] of drained) {
      for (const [place, ids] of held) {
        const partition = this.partitionOf(place.split(' ')[0]!)
        if (closing[partition] !== 1 || this.rowOf(routing.owners, partition)[0] !== from) continue
        for (const to of this.rowOf(owners, partition)) {
          const own = this.stateOf(to, place)
          own.push(...ids.filter((id) => !own.includes(id)))
        }
      }
    }
    this.announce({ owners, changedAt })
  }

  private announce(changed: Partial<Routing>): void {
    const version = this.routing.version + 1
    this.routing = { ...this.routing, ...changed, version, epoch: version }
    this.ring.announce(this.routing)
  }

  private someRows(): Uint16Array {
    return Uint16Array.from({ length: partitions }, () => this.chance.below(4)).reduce(
      (rows, owner, partition) => {
        rows[partition * width] = owner
        rows[partition * width + 1] = (owner + 1 + this.chance.below(3)) % 4
        return rows
      },
      new Uint16Array(partitions * width),
    )
  }

  private rowOf(owners: Uint16Array, partition: number): string[] {
    return [...owners.subarray(partition * width, (partition + 1) * width)].map((server) => names[server]!)
  }

  private partitionOf(key: string): number {
    return partitionOf('ring', partitions, key)
  }

  private stateOf(name: string, place: string): number[] {
    const state = this.state.get(name)!
    const ids = state.get(place) ?? []
    state.set(place, ids)
    return ids
  }

  private addServer(node: SimulatedNode, serves: string | undefined): void {
    const name = `${node.name}/p${this.programs++}`
    const handler = (request: IncomingRequest) => this.handle(() => program, request)
    const program: SimulatedProgram = this.ring.addProgram(node, name, handler, serves)
    this.serving.set(program, serves)
  }

  private addClient(node: SimulatedNode): void {
    this.clients.push(this.ring.addProgram(node, `${node.name}/c${this.programs++}`, undefined))
  }

  private lose(): void {
    const choice = this.chance.below(8)
    const node = this.chance.pick(this.servers)!
    if (choice < 3) this.cut(this.chance.pick(this.ring.links))
    else if (choice === 3) this.restart(node)
    else if (choice === 4) this.expel(node)
    else if (choice === 5) this.doubt(node)
    else if (choice === 6) this.chance.pick(this.ring.programs)?.endpoint.resumed(50 + this.chance.below(200))
    else node.relay.resumed(50 + this.chance.below(200))
  }

  /** All links of a node end at once, as those of its process do. */
  private restart(node: SimulatedNode): void {
    for (const link of this.ring.links.filter(({ name }) => name.split(/[ /-]/).includes(node.name))) this.cut(link)
  }

  /** The node is out of the view, and back as another life. */
  private expel({ gate, incarnation, relay, name }: SimulatedNode): void {
    gate.expelled(this.lives.get(name) ?? (incarnation as Incarnation))
    this.unanswered.push(() => {
      const next = ((this.lives.get(name) ?? incarnation) + 1) as Incarnation
      this.lives.set(name, next)
      relay.beginLife({ name, incarnation })
      gate.beginLife(next)
    })
  }

  /** Nobody knows for a while whether the node is still wanted. */
  private doubt({ gate, name, incarnation }: SimulatedNode): void {
    gate.doubted(Number.MAX_SAFE_INTEGER)
    this.unanswered.push(() => {
      gate.confirmed(this.lives.get(name) ?? (incarnation as Incarnation), Number.MAX_SAFE_INTEGER)
    })
  }

  /** Cuts a data link, which comes back at once, or ends a program, whose successor attaches. */
  private cut(link: MemoryLink | undefined): void {
    if (link === undefined) return
    link.cut()
    link.settle()
    const program = this.ring.programs.find((one) => one.link === link)
    const find = (name?: string): SimulatedNode => this.ring.nodes.find((node) => node.name === name)!
    if (program === undefined) {
      const [from, to] = link.name.split(' ')[0]!.split('-')
      this.ring.link(find(from), find(to))
    } else if (program.name.includes('/p')) this.addServer(program.node, this.serving.get(program))
    else this.addClient(program.node)
  }
}

function placeOf(key: string, named: string | undefined): string {
  return `${key} ${named ?? ''}`
}

function outcomeOf(answers: readonly BroadcastAnswer[]): string {
  const failed = answers.find((answer) => !answer.ok)
  return failed === undefined ? 'reply' : ((failed.error as { code?: string }).code ?? String(failed.error))
}
