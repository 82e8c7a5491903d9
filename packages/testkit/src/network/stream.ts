import type { NodeName, Random } from '@ring/platform'
import type { Timeline } from '../time/simulated-clock.ts'
import type { Connectivity } from './connectivity.ts'
import { drawDelayMs, type NetworkOptions } from './network-options.ts'
import type { TrafficBook } from './traffic.ts'
import type { Wires } from './wires.ts'

/** What a stream needs of the world around it. */
export interface StreamPath {
  readonly timeline: Timeline
  readonly random: Random
  readonly connectivity: Connectivity
  readonly options: NetworkOptions
  readonly wires: Wires
  readonly book: TrafficBook
}

/** Who puts things into a stream, and hears what becomes of them. */
export interface StreamEnd<T> {
  /** An item came out at the far end. */
  arrived(item: T): void
  /** The far end could not be reached for too long, or refuses. */
  gaveUp(): void
}

interface Waiting<T> {
  readonly item: T
  readonly bytes: number
  readonly sentMs: number
  readonly dueMs: number
  /** Whether the receiving machine has taken the bytes in, where its bandwidth is bounded. */
  entered: boolean
  next: Waiting<T> | undefined
}

const retransmitMs = 100
/** From one process of a machine to another. */
const localDelayMs = 0.05

/**
 * One direction of a connection: what is put in comes out in order, delayed. While the way is cut it waits and is tried
 * again, as TCP does; after `breakAfterMs` without success the stream gives up.
 */
export class Stream<T> {
  readonly #path: StreamPath
  readonly #from: NodeName
  readonly #to: NodeName
  readonly #end: StreamEnd<T>
  /** What has not left the sender yet; there is nothing where the bandwidth is not bounded. */
  #unsent: Fifo<{ readonly item: T; readonly bytes: number }> | undefined
  /** What is on its way, chained: an idle stream, of which large worlds have very many, holds nothing. */
  #first: Waiting<T> | undefined
  #last: Waiting<T> | undefined
  #lastDueMs = 0
  #ended = false
  #silent = false

  constructor(path: StreamPath, from: NodeName, to: NodeName, end: StreamEnd<T>) {
    this.#path = path
    this.#from = from
    this.#to = to
    this.#end = end
  }

  put(item: T, bytes: number): void {
    if (this.#ended) return
    const { wires, options } = this.#path
    const isBounded = !this.#isLocal && wires.isBounded(options.bandwidth, this.#from, this.#to)
    if ((this.#unsent?.length ?? 0) === 0 && !isBounded) {
      this.#travel(item, bytes)
      return
    }
    this.#unsent ??= new Fifo()
    this.#unsent.push({ item, bytes })
    if (this.#unsent.length === 1) this.#leave()
  }

  /** From here on nothing comes out any more, and nobody is told: something on the way has forgotten the connection. */
  fallSilent(): void {
    this.#silent = true
  }

  get isSilent(): boolean {
    return this.#silent
  }

  end(): void {
    this.#ended = true
    this.#unsent = undefined
    this.#first = undefined
    this.#last = undefined
  }

  /** Between processes of one machine there is no network. */
  get #isLocal(): boolean {
    return this.#path.connectivity.isOneMachine(this.#from, this.#to)
  }

  /** Gives the first item to the wire, and the next one when that is through. */
  #leave(): void {
    const first = this.#unsent?.first
    if (first === undefined) return
    const { timeline, wires, options } = this.#path
    const throughMs = wires.leave(options.bandwidth, timeline.nowMs, this.#from, this.#to, first.bytes)
    timeline.queue.push(throughMs, () => {
      if (this.#ended) return
      this.#unsent?.shift()
      this.#travel(first.item, first.bytes)
      this.#leave()
    })
  }

  #travel(item: T, bytes: number): void {
    const { timeline, random, options } = this.#path
    const sentMs = timeline.nowMs
    const delayMs = this.#isLocal ? localDelayMs : drawDelayMs(options, random, this.#from, this.#to)
    const dueMs = Math.max(this.#lastDueMs, sentMs + delayMs)
    this.#lastDueMs = dueMs
    const waiting: Waiting<T> = { item, bytes, sentMs, dueMs, entered: false, next: undefined }
    if (this.#last === undefined) {
      this.#first = waiting
      this.#tryAt(dueMs)
    } else this.#last.next = waiting
    this.#last = waiting
  }

  #tryAt(atMs: number): void {
    this.#path.timeline.queue.push(atMs, () => {
      if (!this.#ended) this.#try()
    })
  }

  #try(): void {
    const { timeline, connectivity, options } = this.#path
    const first = this.#first
    if (first === undefined) return
    if (!connectivity.reaches(this.#from, this.#to)) {
      const refused = connectivity.refuses(this.#from, this.#to)
      if (refused || timeline.nowMs - first.sentMs >= options.breakAfterMs) this.#end.gaveUp()
      else this.#tryAt(timeline.nowMs + retransmitMs)
      return
    }
    if (this.#mustEnter(first)) return
    const { next } = first
    this.#first = next
    if (next === undefined) this.#last = undefined
    else this.#tryAt(Math.max(timeline.nowMs, next.dueMs))
    if (!this.#silent) this.#end.arrived(first.item)
  }

  /** Whether the receiving machine is busy taking in other bytes, or these. */
  #mustEnter(first: Waiting<T>): boolean {
    if (first.entered || this.#isLocal) return false
    first.entered = true
    const { timeline, wires, options } = this.#path
    const inMs = wires.enter(options.bandwidth, timeline.nowMs, this.#from, this.#to, first.bytes)
    if (inMs <= timeline.nowMs) return false
    this.#tryAt(inMs)
    return true
  }
}

/** First in, first out, in constant time even when very long. */
class Fifo<T> {
  #items: T[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  get first(): T | undefined {
    return this.#items[this.#head]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): void {
    this.#head++
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head > 1_000) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }
}
