import { Flag } from '../../frames/frame-header.ts'
import type { PendingRequest } from './pending-request.ts'

const triesAtMost = 10
const firstMs = 20
const longestMs = 500

/** Requests that wait for their next try: a little longer each time. */
export class Retries {
  private readonly waiting = new Set<PendingRequest>()

  get isEmpty(): boolean {
    return this.waiting.size === 0
  }

  /** With a deadline a request is tried until it passes, without one a few times, unless its caller asked to wait. */
  mayTry(request: PendingRequest): boolean {
    const waits = request.waitsWhenDown || (request.flags & Flag.waits) !== 0
    return waits || request.expiryMs !== 0 || request.attempts < triesAtMost
  }

  add(request: PendingRequest, nowMs: number): void {
    request.waitIn(this.waiting, 'retrying')
    request.retryAtMs = nowMs + Math.min(longestMs, firstMs * 2 ** Math.min(10, request.attempts))
  }

  /** Not to be tried again: it waits for its deadline. */
  keep(request: PendingRequest): void {
    request.waitIn(this.waiting, 'retrying')
    request.retryAtMs = Number.POSITIVE_INFINITY
  }

  /** Those whose time has come, in the order in which they were made. */
  due(nowMs: number): PendingRequest[] {
    return [...this.waiting]
      .filter((request) => request.retryAtMs <= nowMs)
      .sort((one, other) => one.sequence - other.sequence)
  }
}
