import { type DialFailure, DialTurns } from '../core/dial-turns.ts'

/** How long one way is waited for before the next is tried beside it, in milliseconds (RFC 8305 recommends 250). */
export const dialStaggerMs = 250

export type Raced<Won> =
  | { readonly ok: true; readonly won: Won }
  | { readonly ok: false; readonly failure: DialFailure }

/** Starts one attempt. `done` is called at most once, never after `abort`, and not before this has returned. */
export type Attempt<Way, Won> = (way: Way, done: (result: Raced<Won>) => void) => { abort(): void }

/**
 * Tries ways in their order, the next one as soon as one fails or takes long. The first that leads through wins, and the
 * others are given up. `done` is called exactly once, unless the race is aborted before.
 */
export function race<Way, Won>(
  ways: readonly Way[],
  attempt: Attempt<Way, Won>,
  done: (result: Raced<Won>) => void,
): { abort(): void } {
  const run = new Race(ways, attempt, done)
  return { abort: () => run.abort() }
}

class Race<Way, Won> {
  readonly #ways: readonly Way[]
  readonly #attempt: Attempt<Way, Won>
  readonly #done: (result: Raced<Won>) => void
  readonly #turns: DialTurns
  readonly #running = new Set<{ abort(): void }>()
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor(ways: readonly Way[], attempt: Attempt<Way, Won>, done: (result: Raced<Won>) => void) {
    this.#ways = ways
    this.#attempt = attempt
    this.#done = done
    this.#turns = new DialTurns(ways.length)
    const first = this.#turns.next()
    if (first !== undefined) this.#start(first)
    else queueMicrotask(() => this.#end({ ok: false, failure: this.#turns.verdict }))
  }

  abort(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    for (const attempt of this.#running) attempt.abort()
    this.#running.clear()
  }

  #start(index: number): void {
    const attempt = this.#attempt(this.#ways[index]!, (result) => {
      this.#running.delete(attempt)
      if (this.#ended) return
      if (result.ok) this.#end(result)
      else this.#failed(result.failure)
    })
    this.#running.add(attempt)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const next = this.#turns.next()
      if (next !== undefined) this.#start(next)
    }, dialStaggerMs).unref()
  }

  #failed(failure: DialFailure): void {
    const after = this.#turns.failed(failure)
    if (after.kind === 'dial') this.#start(after.index)
    else if (after.kind === 'over') this.#end({ ok: false, failure: after.failure })
  }

  #end(result: Raced<Won>): void {
    if (this.#ended) return
    this.abort()
    this.#done(result)
  }
}
