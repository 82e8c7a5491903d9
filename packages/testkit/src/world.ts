import type { NodeName } from '@ring/platform'
import type { Recording } from './fault/fault.ts'
import type { NetworkOptions } from './network/network-options.ts'
import { SimulatedNetwork } from './network/simulated-network.ts'
import { type NodeEnvironment, type NodeOptions, SimulatedNode } from './network/simulated-node.ts'
import { EventQueue } from './time/event-queue.ts'
import { SeededRandom } from './time/seeded-random.ts'
import type { Timeline } from './time/simulated-clock.ts'
import { Trace, type TraceLine } from './trace.ts'

export interface WorldOptions {
  readonly seed: number | string
  readonly network?: Partial<NetworkOptions>
  /** How many lines of the trace are kept (default 20 000). 0 turns the trace off, which large worlds want. */
  readonly traceLines?: number
  /** What fault plans do instead of what they draw: the first plan the first recording, and so on. */
  readonly replay?: readonly Recording[]
}

/** Bounds of one {@link World.run}. */
export interface RunLimits {
  /** More events than this are a runaway, and an error. */
  readonly events?: number
  /** With a condition: how long to wait for it, in milliseconds of the world. */
  readonly forMs?: number
  /** With a condition: it is looked at only when so many milliseconds of the world have passed since the last time. */
  readonly everyMs?: number
}

/** How far a run has come. */
interface Course {
  readonly isDone: (() => boolean) | undefined
  readonly endMs: number
  readonly limits: RunLimits
  lookMs: number
  events: number
}

interface Invariant {
  readonly check: () => void
  readonly everyMs: number
  dueMs: number
}

const eventsMax = 10_000_000
const waitMaxMs = 60_000
const breathEvents = 10_000

/**
 * A simulated world: virtual time, seeded chance, machines, a network between them. Everything in it happens in one
 * synchronous loop, and one seed gives one trace.
 */
export class World implements Timeline {
  readonly seed: number | string
  readonly random: SeededRandom
  readonly network: SimulatedNetwork
  readonly trace: Trace
  readonly queue = new EventQueue()
  readonly #nodes = new Map<NodeName, SimulatedNode>()
  readonly #list: SimulatedNode[] = []
  readonly #invariants: Invariant[] = []
  readonly #replay: readonly Recording[]
  readonly #recordings: Recording[] = []
  #nowMs = 0

  constructor(options: WorldOptions) {
    this.seed = options.seed
    this.random = new SeededRandom(options.seed)
    this.#replay = options.replay ?? []
    this.trace = new Trace(options.traceLines)
    const note = (line: TraceLine): void => {
      this.note(line)
    }
    this.network = new SimulatedNetwork(this, this.random.fork('network'), note, options.network)
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Adds a machine and starts its process at once. Each restart calls `start` again, with a new environment. */
  addNode<P extends object>(
    name: NodeName,
    start: (environment: NodeEnvironment) => P,
    options?: NodeOptions,
  ): SimulatedNode<P> {
    if (this.#nodes.has(name)) throw new RangeError(`the world already has a node "${name}": choose another name`)
    const surroundings = {
      timeline: this,
      network: this.network,
      random: this.random,
      trace: (line: TraceLine) => {
        this.note(line)
      },
      nodeNamed: (wanted: NodeName) => this.#nodes.get(wanted),
    }
    const node = new SimulatedNode(surroundings, name, start, options)
    this.#nodes.set(name, node)
    this.#list.push(node)
    return node
  }

  has(name: NodeName): boolean {
    return this.#nodes.has(name)
  }

  node(name: NodeName): SimulatedNode {
    const node = this.#nodes.get(name)
    if (node === undefined) throw new RangeError(`the world has no node "${name}": add it first`)
    return node
  }

  get nodes(): readonly SimulatedNode[] {
    return this.#list
  }

  /** Does something to the world at a time of its own (a client's call, a fault). */
  at(atMs: number, run: () => void): void {
    this.queue.push(Math.max(atMs, this.#nowMs), run)
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.#nowMs + delayMs, run)
  }

  /** Adds a line to the trace, with the time. A function is called only when the trace is on. */
  note(line: TraceLine): void {
    this.trace.add(this.#nowMs, line)
  }

  /**
   * Checks something after every event; it fails by throwing. With `everyMs`, only after the first event when so many
   * milliseconds of the world have passed: for checks that look at all of a large world.
   */
  always(check: () => void, options: { readonly everyMs?: number } = {}): void {
    this.#invariants.push({ check, everyMs: options.everyMs ?? 0, dueMs: this.#nowMs })
  }

  /**
   * Lets time pass: until a moment (milliseconds since the world began), or until a condition holds, which is looked at
   * after every event. Returns whether the condition came to hold; for a moment always true.
   */
  run(until: number | (() => boolean), limits: RunLimits = {}): boolean {
    const course = this.#courseOf(until, limits)
    for (;;) {
      const held = this.#goOn(course)
      if (held !== undefined) return held
    }
  }

  /**
   * As {@link World.run}, for processes that use promises: whoever waits for what an event resolved goes on before the next
   * event, as in Node between two turns of the event loop.
   */
  async runTurns(until: number | (() => boolean), limits: RunLimits = {}): Promise<boolean> {
    const course = this.#courseOf(until, limits)
    // What was promised before the first event.
    await promisesSettled()
    for (;;) {
      const held = this.#goOn(course)
      if (held !== undefined) return held
      await promisesSettled()
      // Whoever runs the world wants to be heard, too.
      if (course.events % breathEvents === 0) await new Promise(setImmediate)
    }
  }

  #courseOf(until: number | (() => boolean), limits: RunLimits): Course {
    const isDone = typeof until === 'function' ? until : undefined
    const endMs = typeof until === 'number' ? until : this.#nowMs + (limits.forMs ?? waitMaxMs)
    return { isDone, endMs, limits, lookMs: this.#nowMs, events: 0 }
  }

  /** One event; or, where the course is at its end, whether the condition held. */
  #goOn(course: Course): boolean | undefined {
    const { isDone, endMs, limits } = course
    if (isDone !== undefined && this.#nowMs >= course.lookMs) {
      if (isDone()) return true
      course.lookMs = this.#nowMs + (limits.everyMs ?? 0)
    }
    const next = this.queue.peek()
    if (next === undefined || next.atMs > endMs) {
      this.#nowMs = Math.max(this.#nowMs, endMs)
      // One that is not looked at after every event may have come to hold since.
      return isDone === undefined || (limits.everyMs !== undefined && isDone())
    }
    if (++course.events > (limits.events ?? eventsMax)) {
      throw new RangeError(`more than ${course.events - 1} events by ${this.#nowMs} ms: something runs in a circle`)
    }
    this.#runNext()
    return undefined
  }

  #runNext(): void {
    const event = this.queue.pop()!
    this.#nowMs = event.atMs
    this.trace.pass(event.atMs)
    event.run()
    for (const invariant of this.#invariants) {
      if (this.#nowMs < invariant.dueMs) continue
      invariant.dueMs = this.#nowMs + invariant.everyMs
      invariant.check()
    }
  }

  /** What the fault plans of this world did or will do, in the order in which they were made. */
  get recordings(): readonly Recording[] {
    return this.#recordings
  }

  /** A fault plan says what it drew, and is told what to do: that, or what is to be replayed instead. */
  recorded(drawn: Recording): Recording {
    const recording = this.#replay[this.#recordings.length] ?? drawn
    this.#recordings.push(recording)
    return recording
  }

  traceHash(): string {
    return this.trace.hash()
  }
}

/** Node takes the next tick only when nothing is left that waits for a promise. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}
