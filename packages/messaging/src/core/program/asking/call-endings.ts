import type { AssemblyBudget } from '../../frames/assembly.ts'
import type { ChunkSender } from '../../frames/chunk-sender.ts'
import { FrameType } from '../../frames/frame-header.ts'
import { cancelledError, MaybeDeliveredError, NotDeliveredError } from '../errors.ts'
import type { AskedServices } from './asked-services.ts'
import { toleratedMs } from './call-time.ts'
import type { CallEnds, FailureTurn } from './failure-turn.ts'
import type { OriginSending } from './origin-sending.ts'
import {
  type Answer,
  aboutOf,
  heldKeyOf,
  type PendingRequest,
  type PendingTable,
  type RequestedStream,
} from './pending-request.ts'
import { clockGrainMs } from './request-options.ts'
import type { ServerNames } from './server-names.ts'

/** How long an answer to CANCEL is waited for, so that the error can say whether the request had been started. */
const cancelAnswerMs = 1_000

/** The calls of an origin, as far as their endings need them. */
export interface EndingCalls {
  readonly pending: PendingTable
  readonly services: AskedServices
  readonly names: ServerNames
  readonly assemblies: AssemblyBudget
  readonly failures: FailureTurn
  readonly nowMs: number
  /** Has the time told, for what begins now. */
  refresh(): void
}

interface Ended extends CallEnds {
  readonly resolve: (answer: Answer) => void
}

/** How the calls of an origin end: each exactly once (K1). */
export class CallEndings {
  private readonly calls: EndingCalls
  private readonly chunks: ChunkSender
  private readonly sending: OriginSending

  constructor(calls: EndingCalls, chunks: ChunkSender, sending: OriginSending) {
    this.calls = calls
    this.chunks = chunks
    this.sending = sending
  }

  /** There is nobody left to send to: what has not been sent ends. */
  endHeld(): void {
    for (const request of this.calls.pending.records) {
      if (request.state === 'held' || request.state === 'retrying') {
        this.fail(request, new NotDeliveredError('closing', aboutOf(request)))
      }
    }
  }

  succeed(request: PendingRequest, answer: Answer): void {
    // Cancelled, and yet answered: the caller has been promised that it does not go on.
    const error = request.isCancelled ? cancelledError(request.signal, true) : undefined
    const { stream } = request
    const ended = this.end(request, true)
    if (error === undefined) ended.resolve(answer)
    else this.tell(stream, ended, error)
  }

  /** The end of a call without an answer: what one try may have delivered, no later one makes "not delivered" (K1). */
  fail(request: PendingRequest, error: Error): void {
    const isLate = error instanceof NotDeliveredError && request.maybe !== undefined
    const told = isLate ? new MaybeDeliveredError(request.maybe!, { cause: error }) : error
    const { stream } = request
    this.tell(stream, this.end(request, !(error instanceof NotDeliveredError)), told)
  }

  /** Who takes a stream is told when he has taken what came before. */
  private tell(stream: RequestedStream | undefined, ended: Ended, error: Error): void {
    if (stream === undefined) this.calls.failures.tell(ended, error)
    else stream.failed(error)
  }

  /**
   * Takes a request out of everything; its record is free when this returns, so the caller is told afterwards.
   *
   * @param reached a handler may have had this try: what came before must not follow
   */
  private end(request: PendingRequest, reached: boolean): Ended {
    const { resolve, reject, partition, service } = request
    const heldKey = heldKeyOf(request)
    const wasOut = request.state === 'out'
    if (request.body.length > 0) this.chunks.drop(FrameType.chunk, request.slot, request.generation)
    const holds = this.calls.services.holdsOf(service)
    if (wasOut && reached && !holds.isEmpty) holds.delivered(request)
    this.forget(request)
    if (request.answers !== undefined) this.calls.names.fanOutEnds()
    if (request.stream !== undefined) request.stream.ended()
    this.calls.pending.release(request)
    if (wasOut) this.sending.left(service, partition, heldKey)
    return { resolve, reject }
  }

  /** Lets go of the bodies that were being put together. */
  forget(request: PendingRequest): void {
    if (request.assemblies === undefined) return
    for (const assembly of request.assemblies.values()) this.calls.assemblies.end(assembly)
    request.assemblies = undefined
  }

  /** The consumer of a stream wants no more. */
  abandon(request: PendingRequest): void {
    const wasSent = request.state === 'out' || request.state === 'streaming'
    if (wasSent) this.sending.sendCancel(request)
    this.end(request, wasSent)
  }

  expire(request: PendingRequest): void {
    if (request.state !== 'out' && request.state !== 'streaming') this.fail(request, this.overdue(request))
    else {
      this.sending.sendCancel(request)
      const { isCancelled, signal } = request
      this.fail(request, isCancelled ? cancelledError(signal, true) : new MaybeDeliveredError('overdue-running'))
    }
  }

  /** The truth about a request that was kept until its deadline: why it could not go. */
  private overdue(request: PendingRequest): NotDeliveredError {
    const { sending } = this
    const ownNode = sending.isDetached ? 'closing' : sending.link === undefined ? 'no-link' : undefined
    const tooOld = sending.isTooOldFor(request) ? 'old-version' : undefined
    const why =
      ownNode ??
      tooOld ??
      request.lastReason ??
      this.calls.services.holdsOf(request.service).find(request.partition)?.why
    const about = aboutOf(request)
    return why === undefined
      ? new NotDeliveredError('overdue', about)
      : new NotDeliveredError(why, { ...about, isOverdue: true })
  }

  cancel(request: PendingRequest): void {
    if (request.state === 'streaming') {
      // Its handler has run: there is nothing to wait for, nor to take.
      request.stream!.drop()
      this.sending.sendCancel(request)
      this.fail(request, cancelledError(request.signal, true))
      return
    }
    if (request.state !== 'out') {
      this.fail(request, cancelledError(request.signal, request.maybe !== undefined))
      return
    }
    this.calls.refresh()
    request.isCancelled = true
    this.sending.sendCancel(request)
    const end = this.calls.nowMs + cancelAnswerMs
    request.expiryMs = request.expiryMs === 0 ? end : Math.min(end, request.expiryMs)
  }

  /** Nobody but the origin knows how long the caller has waited: a relay or program that stood still can only guess. */
  isBeforeDeadline(request: PendingRequest): boolean {
    return request.expiryMs !== 0 && this.calls.nowMs < request.expiryMs - clockGrainMs
  }

  /** It may have been counted from a little before it was made: whoever says now that it is overdue may say so too early. */
  isAtDeadline({ expiryMs }: PendingRequest): boolean {
    const overdueMs = this.calls.nowMs - (expiryMs - clockGrainMs)
    return expiryMs !== 0 && overdueMs >= 0 && overdueMs < toleratedMs
  }
}
