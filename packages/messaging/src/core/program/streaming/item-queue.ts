import type { FailureTurn } from '../asking/failure-turn.ts'

/** What the consumer of a stream does. */
export interface Consumption {
  /** It took an item. */
  onTaken(cost: number): void
  /** It waits for an item, and there is none. */
  onWaiting(): void
  /** It wants no more. */
  onReturned(): void
}

type Taken = IteratorResult<Uint8Array, undefined>

interface Waiting {
  readonly resolve: (taken: Taken) => void
  readonly reject: (error: Error) => void
}

interface Item {
  readonly bytes: Uint8Array
  readonly cost: number
}

const over: Taken = { done: true, value: undefined }

/** The items of a stream that have come, and whoever waits for them: in order, then the end, or one error. */
export class ItemQueue implements AsyncIterableIterator<Uint8Array, undefined> {
  private readonly consumption: Consumption
  private readonly failures: FailureTurn
  private items: Item[] = []
  private waiting: Waiting[] = []
  /** Nothing follows; the error, if there is one, is told once. */
  private ending: { error: Error | undefined } | undefined

  constructor(consumption: Consumption, failures: FailureTurn) {
    this.consumption = consumption
    this.failures = failures
  }

  /** Nobody has left one untaken. */
  get isEmpty(): boolean {
    return this.items.length === 0
  }

  put(bytes: Uint8Array, cost: number): void {
    const first = this.waiting.shift()
    if (first === undefined) {
      this.items.push({ bytes, cost })
      return
    }
    first.resolve({ done: false, value: bytes })
    this.consumption.onTaken(cost)
    if (this.waiting.length > 0) this.consumption.onWaiting()
  }

  end(): void {
    this.ending ??= { error: undefined }
    for (const one of this.waiting.splice(0)) one.resolve(over)
  }

  /** What has come is still taken first. */
  fail(error: Error): void {
    if (this.ending !== undefined) return
    const first = this.waiting.shift()
    this.ending = { error: first === undefined ? error : undefined }
    if (first !== undefined) this.failures.tell(first, error)
    this.end()
  }

  /** What nobody has taken is not wanted. */
  drop(): void {
    this.items = []
  }

  next(): Promise<Taken> {
    const item = this.items.shift()
    if (item !== undefined) {
      this.consumption.onTaken(item.cost)
      return Promise.resolve({ done: false, value: item.bytes })
    }
    const { ending } = this
    if (ending !== undefined) return this.nextAfter(ending)
    const promise = new Promise<Taken>((resolve, reject) => {
      this.waiting.push({ resolve, reject })
    })
    this.consumption.onWaiting()
    return promise
  }

  return(): Promise<Taken> {
    this.drop()
    this.ending = { error: undefined }
    this.end()
    this.consumption.onReturned()
    return Promise.resolve(over)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  private nextAfter(ending: { error: Error | undefined }): Promise<Taken> {
    const { error } = ending
    if (error === undefined) return Promise.resolve(over)
    ending.error = undefined
    return new Promise<Taken>((resolve, reject) => {
      this.failures.tell({ resolve, reject }, error)
    })
  }
}
