/** An event that waits for its time. Cancelled ones are skipped when their time comes. */
export interface QueuedEvent {
  readonly atMs: number
  readonly id: number
  readonly run: () => void
  cancelled: boolean
}

/** A binary heap ordered by (time, order of insertion), so that equal times always run in the same order. */
export class EventQueue {
  readonly #heap: QueuedEvent[] = []
  #nextId = 0

  get size(): number {
    return this.#heap.length
  }

  push(atMs: number, run: () => void): QueuedEvent {
    const event: QueuedEvent = { atMs, id: this.#nextId++, run, cancelled: false }
    this.#heap.push(event)
    this.#rise(this.#heap.length - 1)
    return event
  }

  /** The next event that was not cancelled, still in the queue. */
  peek(): QueuedEvent | undefined {
    while (this.#heap[0]?.cancelled === true) this.#removeFirst()
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
    this.#sink(0)
  }

  #rise(from: number): void {
    const heap = this.#heap
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(heap[at]!, heap[parent]!)) return
      swap(heap, at, parent)
      at = parent
    }
  }

  #sink(from: number): void {
    const heap = this.#heap
    let at = from
    for (;;) {
      const left = 2 * at + 1
      if (left >= heap.length) return
      const right = left + 1
      const least = right < heap.length && before(heap[right]!, heap[left]!) ? right : left
      if (!before(heap[least]!, heap[at]!)) return
      swap(heap, at, least)
      at = least
    }
  }
}

function before(one: QueuedEvent, other: QueuedEvent): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.id < other.id)
}

function swap(heap: QueuedEvent[], one: number, other: number): void {
  const item = heap[one]!
  heap[one] = heap[other]!
  heap[other] = item
}
