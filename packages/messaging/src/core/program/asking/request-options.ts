import { Flag } from '../../frames/frame-header.ts'
import { encodeTrace } from '../../frames/trace-context.ts'
import type { PendingRequest } from './pending-request.ts'

export interface RequestOptions {
  /** How long the caller is willing to wait, in milliseconds; 0 for as long as it takes. Default 30 000. */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  /** Running twice does no harm: it is sent again, in time, after a failure. Order is then not promised. */
  readonly idempotent?: boolean
  /** What to do when the destination is full: `fail` at once, or `wait` until there is room. Default `fail`. */
  readonly whenFull?: 'fail' | 'wait'
  /**
   * What to do when there is nobody to take it at this moment: the server or the own node is stopping or away, or has no
   * program. `fail` at once, or `wait` until there is; in hash mode the order of a key is kept. Default `fail`. Not for
   * broadcast and replicate.
   */
  readonly whenDown?: 'fail' | 'wait'
  /** A W3C `traceparent` to hand to the handler. */
  readonly trace?: string
}

/** The time of a core may be this old; deadlines are counted from its end, so that none passes early. */
export const clockGrainMs = 20

/** What is left of a deadline, for the wire: 1 ms at least. */
export function remainingMs(expiryMs: number, nowMs: number): number {
  return Math.min(0xffff_ffff, Math.max(1, Math.ceil(expiryMs - nowMs - clockGrainMs)))
}

/** Takes over what the flags and extensions of the frame say. */
export function applyOptions(request: PendingRequest, options: RequestOptions): void {
  if (options.idempotent === true) request.flags |= Flag.idempotent
  request.waitsWhenDown = options.whenDown === 'wait' && request.answers === undefined
  if (request.waitsWhenDown) request.flags |= Flag.waitsDown
  if (options.whenFull === 'wait') request.flags |= Flag.waits
  if (options.trace === undefined) return
  request.trace = encodeTrace(options.trace)
  if (request.trace !== undefined) request.flags |= Flag.trace
}
