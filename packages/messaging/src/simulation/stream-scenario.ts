import type { Routing } from '@ring/placement'
import type { Incarnation } from '@ring/platform'
import { windowBytes } from '../core/frames/credit-frame.ts'
import { maxFrameBytes, maxMessageBytes } from '../core/frames/frame-header.ts'
import type { IncomingRequest } from '../core/program/answering/incoming-request.ts'
import type { Answered } from '../core/program/answering/responder.ts'
import { StreamIntake } from '../core/program/streaming/stream-intake.ts'
import type { MemoryLink } from './memory-link.ts'
import {
  Chance,
  type SimulatedNode,
  type SimulatedProgram,
  SimulatedRing,
  type SimulatedRules,
} from './simulated-ring.ts'
import { endOf, turn } from './streaming-ring.ts'

const partitions = 8
const largestItem = 400_000
const decoder = new TextDecoder()
const encoder = new TextEncoder()

export interface StreamFaults {
  /** Partitions move. */
  readonly moves: boolean
  /** Links are cut, programs and nodes restarted, nodes expelled, or in doubt for a while; programs stand still. */
  readonly losses: boolean
  /** Consumers break off, and abort. */
  readonly cancels: boolean
  /** One server and one slave know no credit. */
  readonly mixed?: boolean
}

/** One run of a handler. */
export interface Run {
  readonly id: number
  /** The lengths of what it has yielded. */
  readonly yielded: number[]
  end: 'end' | 'threw' | 'closed' | undefined
  readonly isReply: boolean
}

/** One stream as its consumer sees it. */
export interface Streamed {
  readonly id: number
  readonly idempotent: boolean
  readonly consumer: 'fast' | 'slow' | 'breaks' | 'aborts' | 'idle'
  readonly items: Uint8Array[]
  /** `end`, `broken` by the consumer itself, or the reason or code of an error. */
  end: string | undefined
  message: string
}

/** Programs that ask others for streams, under everything that can happen on the way. */
export class StreamScenario {
  readonly ring: SimulatedRing
  readonly streams: Streamed[] = []
  readonly runs: Run[] = []
  /** What a program held of one stream at most, beyond the largest item. */
  mostHeldBytes = 0
  private readonly chance: Chance
  private readonly faults: StreamFaults
  private readonly servers: SimulatedNode[]
  private readonly slaves: SimulatedNode[]
  private readonly clients: SimulatedProgram[] = []
  /** Handlers and consumers that wait to go on. */
  private readonly waiting: (() => void)[] = []
  private readonly stopped = new Map<SimulatedNode, number>()
  private routing: Routing
  private names = 0

  constructor(seed: number, faults: StreamFaults, rules: SimulatedRules = {}) {
    this.ring = new SimulatedRing(seed, rules)
    this.chance = new Chance(seed + 1_000_003)
    this.faults = faults
    const isLater = faults.mixed !== true
    this.servers = ['s0', 's1', 's2'].map((name, place) => this.ring.addNode(name, true, 1, isLater || place < 2))
    this.slaves = [this.ring.addNode('a', false), this.ring.addNode('b', false, 1, isLater)]
    this.routing = this.nextRouting(undefined)
    this.ring.announce(this.routing)
    for (const node of [...this.servers, ...this.slaves]) {
      for (const server of this.servers) if (server !== node) this.ring.link(node, server)
    }
    for (const node of this.servers) for (let count = 0; count < 2; count++) this.addServer(node)
    for (const node of [...this.slaves, this.servers[0]!]) this.addClient(node)
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.act()
      this.ring.step()
      this.measure()
      await (this.chance.below(2) === 0 ? turn() : Promise.resolve())
    }
    for (const node of [...this.stopped.keys()]) this.comeBack(node)
    for (let round = 0; round < 400 && this.isAnythingOut; round++) {
      for (const goOn of this.waiting.splice(0)) goOn()
      await this.ring.settle(1)
      this.measure()
      await turn()
    }
    await this.ring.settle(10)
    await turn()
  }

  /** What is left of all that was out; names of it. */
  get leftovers(): string[] {
    const left: string[] = []
    for (const { name, endpoint } of this.ring.programs) {
      const { origin, responder } = endpoint
      if (origin.pending.used > 0) left.push(`${name}: ${origin.pending.used} calls`)
      if (responder.running > 0) left.push(`${name}: ${responder.running} requests`)
      const free = [1, 2, 3, 4].map(() => origin.assemblies.begin(maxMessageBytes))
      if (free.includes(undefined)) left.push(`${name}: room for items`)
    }
    for (const { name, relay } of this.ring.nodes) if (relay.out > 0) left.push(`${name}: ${relay.out} exchanges`)
    for (const { id, end } of this.runs) if (end === undefined) left.push(`a run of ${id}`)
    return left
  }

  private get isAnythingOut(): boolean {
    return this.streams.some(({ end }) => end === undefined) || this.runs.some(({ end }) => end === undefined)
  }

  private act(): void {
    const choice = this.chance.below(100)
    if (choice < 8) this.ask()
    else if (choice < 50) this.waiting.splice(this.chance.below(this.waiting.length + 1), 1)[0]?.()
    else if (choice < 52 && this.faults.moves) this.move()
    else if (choice < 54 && this.faults.losses) this.lose()
  }

  private measure(): void {
    for (const { endpoint } of this.clients) {
      for (const { stream } of endpoint.origin.pending.records) {
        if (stream instanceof StreamIntake) this.mostHeldBytes = Math.max(this.mostHeldBytes, stream.heldBytes)
      }
    }
  }

  private ask(): void {
    const client = this.chance.pick(this.clients.filter(({ isAlive }) => isAlive))
    if (client === undefined) return
    const consumers = this.faults.cancels
      ? (['fast', 'slow', 'breaks', 'aborts', 'idle'] as const)
      : (['fast', 'slow', 'idle'] as const)
    const one: Streamed = {
      id: this.streams.length,
      idempotent: this.chance.below(3) === 0,
      consumer: this.chance.pick(consumers)!,
      items: [],
      end: undefined,
      message: '',
    }
    this.streams.push(one)
    const abort = new AbortController()
    const large = this.chance.below(10) === 0 ? 70_000 + this.chance.below(200_000) : 0
    const stream = client.endpoint.origin.requestStream(
      `k${this.chance.below(6)}`,
      encoder.encode(`${one.id} `.padEnd(large)),
      {
        deadlineMs: this.faults.losses ? this.deadlineMs() : 0,
        idempotent: one.idempotent,
        signal: abort.signal,
        whenFull: 'wait',
        whenDown: this.chance.below(2) === 0 ? 'wait' : 'fail',
      },
    )
    this.consume(stream, one, abort).catch((error: unknown) => {
      one.end = endOf(error)
      one.message = (error as Error).message
    })
  }

  private async consume(
    stream: AsyncIterableIterator<Uint8Array, undefined>,
    one: Streamed,
    abort: AbortController,
  ): Promise<void> {
    const wanted = this.chance.below(12)
    if (one.consumer === 'idle') for (let turns = 0; turns < 10; turns++) await this.goOn()
    for await (const item of stream) {
      one.items.push(item)
      if (one.consumer === 'slow') await this.goOn()
      if (one.items.length !== wanted) continue
      if (one.consumer === 'breaks') {
        one.end = 'broken'
        return
      }
      if (one.consumer === 'aborts') abort.abort()
    }
    one.end = 'end'
  }

  /** Some are shorter than what handlers, or the way, take. */
  private deadlineMs(): number {
    return this.chance.below(5) === 0 ? 20 + this.chance.below(200) : 4_000
  }

  private goOn(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve)
    })
  }

  private handle(request: IncomingRequest): Answered | Promise<Answered> {
    const id = Number.parseInt(decoder.decode(request.body.subarray(0, 10)), 10)
    const isReply = this.chance.below(10) === 0
    const run: Run = { id, yielded: [], end: undefined, isReply }
    const name = this.runs.push(run) - 1
    const count = this.chance.below(4) === 0 ? 40 + this.chance.below(200) : this.chance.below(10)
    const throws = this.chance.below(6) === 0
    if (isReply) {
      run.end = 'end'
      return itemOf(name, run, this.size())
    }
    const items = this.items(name, run, count, throws)
    return this.chance.below(2) === 0 ? items : this.goOn().then(() => items)
  }

  private async *items(name: number, run: Run, count: number, throws: boolean): AsyncGenerator<Uint8Array> {
    run.end = 'closed'
    const isLate = this.chance.below(2) === 0
    try {
      run.end = undefined
      for (let item = 0; item < count; item++) {
        if (isLate && this.chance.below(4) === 0) await this.goOn()
        yield itemOf(name, run, this.size())
      }
      run.end = throws ? 'threw' : 'end'
    } finally {
      run.end ??= 'closed'
    }
    if (throws) throw new Error('the handler threw')
  }

  private size(): number {
    const kind = this.chance.below(20)
    if (kind === 0) return 20_000 + this.chance.below(largestItem - 20_000)
    return kind < 3 ? 0 : 20 + this.chance.below(3_000)
  }

  private addServer(node: SimulatedNode): void {
    this.ring.addProgram(node, `${node.name}/p${this.names++}`, (request) => this.handle(request))
  }

  private addClient(node: SimulatedNode): void {
    this.clients.push(this.ring.addProgram(node, `${node.name}/c${this.names++}`, undefined))
  }

  private move(): void {
    this.routing = this.nextRouting(this.routing)
    this.ring.announce(this.routing)
  }

  private lose(): void {
    const choice = this.chance.below(8)
    if (choice < 4) this.cut(this.chance.pick(this.ring.links))
    else if (choice < 5) this.restart(this.chance.pick(this.servers)!)
    else if (choice < 6) this.expel(this.chance.pick(this.servers)!)
    else if (choice < 7) this.doubt(this.chance.pick(this.servers)!)
    else this.pause(this.chance.pick(this.ring.programs.filter(({ isAlive }) => isAlive)))
  }

  /** Cuts a data link, which comes back at once, or ends a program, whose successor attaches. */
  private cut(link: MemoryLink | undefined): void {
    if (link === undefined) return
    link.cut()
    link.settle()
    const program = this.ring.programs.find((one) => one.link === link)
    if (program === undefined) {
      const [from, to] = link.name.split(' ')[0]!.split('-')
      const find = (name?: string): SimulatedNode => this.ring.nodes.find((node) => node.name === name)!
      this.ring.link(find(from), find(to))
    } else if (program.name.includes('/p')) this.addServer(program.node)
    else this.addClient(program.node)
  }

  /** All links of a node end at once, as those of its process do. */
  private restart(node: SimulatedNode): void {
    const isIts = ({ name }: MemoryLink): boolean => name.split(/[ /-]/).includes(node.name)
    for (const link of this.ring.links.filter(isIts)) this.cut(link)
  }

  /** The node is out of the view, and back as another life. */
  private expel({ gate, incarnation, relay, name }: SimulatedNode): void {
    gate.expelled(this.lives.get(name) ?? (incarnation as Incarnation))
    this.waiting.push(() => {
      const next = ((this.lives.get(name) ?? incarnation) + 1) as Incarnation
      this.lives.set(name, next)
      relay.beginLife({ name, incarnation })
      gate.beginLife(next)
    })
  }

  private readonly lives = new Map<string, Incarnation>()

  /** Nobody knows for a while whether the node is still wanted. */
  private doubt(node: SimulatedNode): void {
    const doubt = (this.stopped.get(node) ?? 0) + 1
    this.stopped.set(node, doubt)
    node.gate.doubted(doubt)
    this.waiting.push(() => {
      this.comeBack(node)
    })
  }

  private comeBack({ gate, name, incarnation }: SimulatedNode): void {
    gate.confirmed(this.lives.get(name) ?? (incarnation as Incarnation), Number.MAX_SAFE_INTEGER)
  }

  /** A program stood still: what arrives next has already waited so long. */
  private pause(program: SimulatedProgram | undefined): void {
    program?.endpoint.resumed(50 + this.chance.below(200))
  }

  private nextRouting(before: Routing | undefined): Routing {
    const version = (before?.version ?? 0) + 1
    const owners = before?.owners.slice() ?? new Uint16Array(partitions)
    const changedAt = before?.changedAt.slice() ?? new Float64Array(partitions)
    for (let partition = 0; partition < partitions; partition++) {
      if (before !== undefined && this.chance.below(3) > 0) continue
      owners[partition] = this.chance.below(3)
      changedAt[partition] = version
    }
    const servers = ['s0', 's1', 's2'].map((name) => ({ name, incarnation: 1, address: name, up: true }))
    const shape = { mode: 'hash', strategy: 'ring', partitions, width: 1 } as const
    return { ...shape, version, epoch: version, servers, owners, changedAt }
  }
}

/** What a program may hold of one stream: a window, the frame that went over it, and an item that becomes whole. */
export const boundOfHeld = windowBytes + maxFrameBytes + largestItem + 4_096

/** An item that says whose it is, where there is room for that. */
function itemOf(name: number, run: Run, size: number): Uint8Array {
  const place = run.yielded.push(size) - 1
  return size === 0 ? new Uint8Array(0) : encoder.encode(`${name}:${place} `.padEnd(size))
}

/** What an item says: of which run, and which of it. */
export function nameOf(item: Uint8Array): { readonly run: number; readonly place: number } | undefined {
  if (item.length === 0) return undefined
  const [run, place] = decoder.decode(item.subarray(0, 20)).split(' ')[0]!.split(':')
  return { run: Number(run), place: Number(place) }
}
