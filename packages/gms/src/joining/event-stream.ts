import { EventsOverflowError } from './membership-errors.ts'

type Pull<Event> = {
  readonly resolve: (result: IteratorResult<Event, undefined>) => void
  readonly reject: (error: Error) => void
}

/**
 * Events as they come, for one `for await`: what is not taken yet waits, up to a bound. Beyond it the iteration ends with an
 * error, so that no event is ever missing without a word.
 */
export class EventStream<Event> implements AsyncIterableIterator<Event, undefined> {
  readonly #waitingMax: number
  readonly #onEnd: () => void
  readonly #waiting: Event[] = []
  readonly #pulls: Pull<Event>[] = []
  #ended = false
  #error: Error | undefined

  /** @param onEnd called once, when nothing more is to be pushed */
  constructor(waitingMax: number, onEnd: () => void) {
    this.#waitingMax = waitingMax
    this.#onEnd = onEnd
  }

  push(event: Event): void {
    if (this.#ended) return
    const pull = this.#pulls.shift()
    if (pull) pull.resolve({ done: false, value: event })
    else if (this.#waiting.push(event) > this.#waitingMax) {
      this.#waiting.length = 0
      this.end(new EventsOverflowError(this.#waitingMax))
    }
  }

  /** What waits can still be taken; then the iteration is over, with an error if there is one. */
  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    for (const pull of this.#pulls.splice(0)) this.#close(pull)
    this.#onEnd()
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length > 0) resolve({ done: false, value: this.#waiting.shift()! })
      else if (this.#ended) this.#close({ resolve, reject })
      else this.#pulls.push({ resolve, reject })
    })
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.#waiting.length = 0
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The error is told once, to the first who asks. */
  #close({ resolve, reject }: Pull<Event>): void {
    const error = this.#error
    this.#error = undefined
    if (error) reject(error)
    else resolve({ done: true, value: undefined })
  }
}
