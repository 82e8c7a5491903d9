import type { Clock, Timer } from './clock.ts'

/**
 * Notices that the process was not running (rule M3): a beat that comes late tells the gap. A process may wake with input
 * before its timers, or the other way round, so shells call {@link PauseWatch.check} before they take input, too.
 */
export class PauseWatch {
  readonly #clock: Clock
  readonly #beatMs: number
  readonly #gapMinMs: number
  readonly #listeners: ((gapMs: number) => void)[] = []
  #lastMs: number
  #timer: Timer | undefined

  /** @param gapMinMs a shorter stand-still is no pause: a garbage collection, a busy machine */
  constructor(clock: Clock, options: { readonly beatMs?: number; readonly gapMinMs?: number } = {}) {
    this.#clock = clock
    this.#beatMs = options.beatMs ?? 100
    this.#gapMinMs = options.gapMinMs ?? 400
    this.#lastMs = clock.monotonicMs()
  }

  /** Listeners are called in the order in which they were added: first who must know before anything is delivered. */
  onResumed(listener: (gapMs: number) => void): void {
    this.#listeners.push(listener)
  }

  start(): void {
    this.#lastMs = this.#clock.monotonicMs()
    this.#beat()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Tells the listeners if the process has just been resumed; cheap otherwise. Returns the time it read for that. */
  check(): number {
    const nowMs = this.#clock.monotonicMs()
    const gapMs = nowMs - this.#lastMs - this.#beatMs
    if (gapMs < this.#gapMinMs || this.#timer === undefined) return nowMs
    this.#lastMs = nowMs
    for (const listener of this.#listeners) listener(gapMs)
    return nowMs
  }

  #beat(): void {
    this.#timer = this.#clock.after(this.#beatMs, () => {
      this.check()
      this.#lastMs = this.#clock.monotonicMs()
      this.#beat()
    })
  }
}
