/** An event that waits for its time. */
export interface QueuedEvent {
  readonly atMs: number
  readonly id: number
  readonly run: () => void
  /** To be set by {@link EventQueue.cancel} alone, which counts them. */
  cancelled: boolean
}

const compactFrom = 1_024

/**
 * A binary heap ordered by (time, order of insertion), so that equal times always run in the same order. Cancelled
 * events are skipped when their time comes, or swept out once they are the larger part: a protocol that sets a timer
 * afresh with every message leaves thousands behind.
 */
export class EventQueue {
  #heap: QueuedEvent[] = []
  #nextId = 0
  #cancelled = 0

  /** How many events wait, cancelled ones not counted. */
  get size(): number {
    return this.#heap.length - this.#cancelled
  }

  push(atMs: number, run: () => void): QueuedEvent {
    const event: QueuedEvent = { atMs, id: this.#nextId++, run, cancelled: false }
    this.#heap.push(event)
    rise(this.#heap, this.#heap.length - 1)
    return event
  }

  /** Idempotent; to be called only while the event waits. */
  cancel(event: QueuedEvent): void {
    if (event.cancelled) return
    event.cancelled = true
    this.#cancelled++
    if (this.#heap.length >= compactFrom && this.#cancelled * 2 > this.#heap.length) this.#compact()
  }

  /** The next event that was not cancelled, still in the queue. */
  peek(): QueuedEvent | undefined {
    while (this.#heap[0]?.cancelled === true) {
      this.#cancelled--
      this.#removeFirst()
    }
    return this.#heap[0]
  }

  pop(): QueuedEvent | undefined {
    const first = this.peek()
    if (first !== undefined) this.#removeFirst()
    return first
  }

  #removeFirst(): void {
    const last = this.#heap.pop()!
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    sink(this.#heap, 0)
  }

  #compact(): void {
    this.#heap = this.#heap.filter((event) => !event.cancelled)
    this.#cancelled = 0
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at--) sink(this.#heap, at)
  }
}

/** Moves an event towards the root. The others make room for it, and it is put down once. */
function rise(heap: QueuedEvent[], from: number): void {
  const event = heap[from]!
  let at = from
  while (at > 0) {
    const up = (at - 1) >> 1
    const parent = heap[up]!
    if (!before(event, parent)) break
    heap[at] = parent
    at = up
  }
  heap[at] = event
}

function sink(heap: QueuedEvent[], from: number): void {
  const event = heap[from]!
  const { length } = heap
  let at = from
  for (;;) {
    let least = 2 * at + 1
    if (least >= length) break
    if (least + 1 < length && before(heap[least + 1]!, heap[least]!)) least++
    if (!before(heap[least]!, event)) break
    heap[at] = heap[least]!
    at = least
  }
  heap[at] = event
}

function before(one: QueuedEvent, other: QueuedEvent): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.id < other.id)
}
