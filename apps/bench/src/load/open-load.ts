import type { Arrivals } from '../core/arrivals.ts'
import type { KeyChoice } from '../core/key-choice.ts'
import type { RequestBodies } from '../core/request-bodies.ts'
import { codeOf } from '../core/tally.ts'
import type { Load, LoadRun } from './load.ts'

/** How late a timer may be: a wait of the load tester, not of the ring, and not counted. */
const timerGrainMs = 2

/**
 * Requests at a given rate, however long the answers take: as the world sends them. Latencies count from when a request was
 * due. At most `outstanding` are out; what is due beyond that waits, and its waiting counts.
 */
export class OpenLoad implements Load {
  private readonly arrivals: Arrivals
  private readonly keys: KeyChoice
  private readonly given: LoadRun
  private readonly free: RequestBodies[]
  private readonly outstandingAtMost: number
  private timer: NodeJS.Timeout | undefined
  private end: (() => void) | undefined
  /** Requests that were due in the time of the run, and found no room in all of it. */
  unsent = 0

  /** @param bodies one for each request that may be out */
  constructor(arrivals: Arrivals, keys: KeyChoice, bodies: readonly RequestBodies[], run: LoadRun) {
    this.arrivals = arrivals
    this.keys = keys
    this.free = [...bodies]
    this.outstandingAtMost = bodies.length
    this.given = run
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.end = resolve
      this.pump()
    })
  }

  stop(): void {
    this.unsent += this.arrivals.overdue(performance.now())
    this.arrivals.stop()
    this.pump()
  }

  /** Sends what is due and has room, and comes again when the next one is due. */
  private pump(): void {
    clearTimeout(this.timer)
    const nowMs = performance.now()
    while (this.free.length > 0) {
      const dueMs = this.arrivals.take(nowMs)
      if (dueMs === undefined) break
      void this.send(nowMs - dueMs <= timerGrainMs ? nowMs : dueMs, this.free.pop()!)
    }
    const { nextMs } = this.arrivals
    if (nextMs !== undefined) {
      // Without room the next ending calls.
      if (this.free.length > 0) this.timer = setTimeout(() => this.pump(), Math.max(1, nextMs - nowMs))
    } else if (this.free.length === this.outstandingAtMost) this.end?.()
  }

  private async send(dueMs: number, bodies: RequestBodies): Promise<void> {
    const { exchange, tally, show, startMs } = this.given
    const body = bodies.next()
    tally.sent++
    try {
      show?.(`Send ${body.length}`)
      const answer = await exchange.begin(this.keys.next(), body)
      const endMs = performance.now()
      exchange.settle(answer, body, tally, endMs - dueMs, endMs - startMs)
    } catch (error) {
      const endMs = performance.now()
      tally.failure(codeOf(error), endMs - dueMs, endMs - startMs)
    }
    const wasFull = this.free.length === 0
    this.free.push(bodies)
    if (wasFull || this.arrivals.nextMs === undefined) this.pump()
  }
}
