import type { Clock, Timer } from './clock.ts'

/** The one timer that a shell keeps for the nearest deadline of its core; it fires once, and is armed anew after each step. */
export class DeadlineTimer {
  readonly #clock: Clock
  readonly #due: () => void
  #timer: Timer | undefined
  #atMs: number | undefined
  #stopped = false

  constructor(clock: Clock, due: () => void) {
    this.#clock = clock
    this.#due = due
  }

  /** @param atMs when it is due, in monotonic milliseconds; `undefined` for never. The same as before changes nothing. */
  arm(atMs: number | undefined): void {
    if (atMs === this.#atMs || this.#stopped) return
    this.#timer?.cancel()
    this.#atMs = atMs
    if (atMs === undefined) return
    // Whole milliseconds: a timer that fires a rounding error too early would fire again and again.
    const delayMs = Math.max(0, Math.ceil(atMs - this.#clock.monotonicMs()))
    this.#timer = this.#clock.after(delayMs, () => {
      this.#atMs = undefined
      this.#due()
    })
  }

  /** For good: a step that is under way may still ask for it. */
  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }
}
