import type { DialOutcome } from '@ring/platform'

/** How a dial that did not lead to an open link ended. */
export type DialFailure = Exclude<DialOutcome, { kind: 'connected' }>

/** What follows a failure: the next one's turn, waiting for those under way, or the end. */
export type TurnAfterFailure =
  | { readonly kind: 'dial'; readonly index: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'over'; readonly failure: DialFailure }

/**
 * Whose turn it is among several ways to one node, and what it means when all fail. A node counts as refused only when
 * every way to it was refused (rule M2); when somebody answered and would not let us in, that is the word that counts.
 */
export class DialTurns {
  readonly #count: number
  #started = 0
  #failed = 0
  #allRefused = true
  #rejected: DialFailure | undefined

  constructor(count: number) {
    this.#count = count
  }

  /** The next way to try beside those under way; undefined when all have been tried. */
  next(): number | undefined {
    return this.#started < this.#count ? this.#started++ : undefined
  }

  failed(failure: DialFailure): TurnAfterFailure {
    this.#failed += 1
    if (failure.kind !== 'refused') this.#allRefused = false
    if (failure.kind === 'rejected') this.#rejected ??= failure
    const index = this.next()
    if (index !== undefined) return { kind: 'dial', index }
    return this.#failed < this.#count ? { kind: 'wait' } : { kind: 'over', failure: this.verdict }
  }

  /** What the failures come to. Without any way nothing is known. */
  get verdict(): DialFailure {
    if (this.#rejected) return this.#rejected
    const refused = this.#allRefused && this.#count > 0 && this.#failed === this.#count
    return refused ? { kind: 'refused' } : { kind: 'unreachable' }
  }
}
