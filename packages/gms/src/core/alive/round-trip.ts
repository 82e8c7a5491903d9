/** How fast the mean follows, and how fast the deviation (Jacobson 1988, the weights of RFC 6298). */
const meanWeight = 1 / 8
const deviationWeight = 1 / 4

/**
 * How long answers take here. A time-out that is fit for one room makes every probe over a slow network a suspicion; so
 * it follows what is measured, within bounds.
 */
export class RoundTrip {
  #meanMs: number | undefined
  #deviationMs = 0

  note(ms: number): void {
    if (this.#meanMs === undefined) {
      this.#meanMs = ms
      this.#deviationMs = ms / 2
      return
    }
    this.#deviationMs += deviationWeight * (Math.abs(ms - this.#meanMs) - this.#deviationMs)
    this.#meanMs += meanWeight * (ms - this.#meanMs)
  }

  /** When the answer to so many trips is late: the mean and four deviations each, at least `leastMs`, at most `mostMs`. */
  lateAfterMs(leastMs: number, mostMs: number, trips = 1): number {
    if (this.#meanMs === undefined) return leastMs
    return Math.min(mostMs, Math.max(leastMs, trips * (this.#meanMs + 4 * this.#deviationMs)))
  }
}
