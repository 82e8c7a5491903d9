import type { NodeName, Random } from '@ring/platform'
import type { Connectivity } from './connectivity.ts'
import { drawDelayMs, type NetworkOptions } from './network-options.ts'
import type { Timeline } from './simulated-clock.ts'

/** What a stream needs of the world around it. */
export interface StreamPath {
  readonly timeline: Timeline
  readonly random: Random
  readonly connectivity: Connectivity
  readonly options: NetworkOptions
}

const retransmitMs = 100

/**
 * One direction of a connection: what is put in comes out in order, delayed. While the way is cut it waits and is tried
 * again, as TCP does; after `breakAfterMs` without success the stream gives up.
 */
export class Stream<T> {
  readonly #path: StreamPath
  readonly #from: NodeName
  readonly #to: NodeName
  readonly #deliver: (item: T) => void
  readonly #giveUp: () => void
  readonly #waiting: { readonly item: T; readonly sentMs: number; readonly dueMs: number }[] = []
  #lastDueMs = 0
  #ended = false

  constructor(path: StreamPath, from: NodeName, to: NodeName, deliver: (item: T) => void, giveUp: () => void) {
    this.#path = path
    this.#from = from
    this.#to = to
    this.#deliver = deliver
    this.#giveUp = giveUp
  }

  put(item: T): void {
    if (this.#ended) return
    const { timeline, random, options } = this.#path
    const sentMs = timeline.nowMs
    const dueMs = Math.max(this.#lastDueMs, sentMs + drawDelayMs(options, random, this.#from, this.#to))
    this.#lastDueMs = dueMs
    this.#waiting.push({ item, sentMs, dueMs })
    if (this.#waiting.length === 1) this.#tryAt(dueMs)
  }

  end(): void {
    this.#ended = true
    this.#waiting.length = 0
  }

  #tryAt(atMs: number): void {
    this.#path.timeline.queue.push(atMs, () => {
      if (!this.#ended) this.#try()
    })
  }

  #try(): void {
    const { timeline, connectivity, options } = this.#path
    const first = this.#waiting[0]
    if (first === undefined) return
    if (!connectivity.reaches(this.#from, this.#to)) {
      const refused = connectivity.refuses(this.#from, this.#to)
      if (refused || timeline.nowMs - first.sentMs >= options.breakAfterMs) this.#giveUp()
      else this.#tryAt(timeline.nowMs + retransmitMs)
      return
    }
    this.#waiting.shift()
    const next = this.#waiting[0]
    if (next !== undefined) this.#tryAt(Math.max(timeline.nowMs, next.dueMs))
    this.#deliver(first.item)
  }
}
