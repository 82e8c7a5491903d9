/**
 * When requests of an open load are due: evenly spaced, whatever becomes of them. A request that could not be sent in time
 * keeps the time at which it was due, and its latency is counted from there: a server that stands still for a second has kept
 * a thousand users waiting, not one (coordinated omission).
 */
export class Arrivals {
  private readonly intervalMs: number
  private readonly startMs: number
  private readonly endMs: number
  private begun = 0
  private isStopped = false

  /** @param startMs and all other times: on one clock, in milliseconds */
  constructor(perSecond: number, startMs: number, durationMs: number | undefined) {
    this.intervalMs = 1_000 / perSecond
    this.startMs = startMs
    this.endMs = startMs + (durationMs ?? Number.POSITIVE_INFINITY)
  }

  /** When the next request is due; undefined: there is none any more. */
  get nextMs(): number | undefined {
    const dueMs = this.startMs + this.begun * this.intervalMs
    return this.isStopped || dueMs >= this.endMs ? undefined : dueMs
  }

  /** Takes the next request that is due. */
  take(nowMs: number): number | undefined {
    const dueMs = this.nextMs
    if (dueMs === undefined || dueMs > nowMs) return undefined
    this.begun++
    return dueMs
  }

  /** Requests that are due by now and were not taken. */
  overdue(nowMs: number): number {
    const due = Math.ceil((Math.min(nowMs, this.endMs) - this.startMs) / this.intervalMs)
    return Math.max(0, due - this.begun)
  }

  stop(): void {
    this.isStopped = true
  }
}
