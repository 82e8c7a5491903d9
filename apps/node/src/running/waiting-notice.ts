import type { Clock, Timer } from '@ring/platform'
import type { Waiting } from './waiting-for.ts'

/** A start that goes well is over by then, and what changes meanwhile is told as one. */
const settleMs = 1000

/**
 * Says for whom a node waits, once, and again when that is another: not before it has waited for a second, since most
 * waiting is over by then, and once a second at most.
 */
export class WaitingNotice {
  readonly #clock: Clock
  readonly #look: () => Waiting | undefined
  readonly #tell: (waiting: Waiting) => void
  #timer: Timer | undefined
  #told: string | undefined

  constructor(clock: Clock, look: () => Waiting | undefined, tell: (waiting: Waiting) => void) {
    this.#clock = clock
    this.#look = look
    this.#tell = tell
  }

  /** To be called when something may have changed. */
  changed(): void {
    const waiting = this.#look()
    if (waiting === undefined) {
      this.#told = undefined
      this.#timer?.cancel()
      this.#timer = undefined
    } else if (waiting.text !== this.#told) this.#timer ??= this.#clock.after(settleMs, () => this.#settled())
  }

  #settled(): void {
    this.#timer = undefined
    const waiting = this.#look()
    if (waiting === undefined || waiting.text === this.#told) return
    this.#told = waiting.text
    this.#tell(waiting)
  }
}
