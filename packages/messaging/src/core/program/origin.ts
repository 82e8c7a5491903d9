import { keyHashOfRange } from '@ring/placement'
import type { Link } from '@ring/platform'
import { AssemblyBudget } from '../frames/assembly.ts'
import type { ChunkSender } from '../frames/chunk-sender.ts'
import { Flag, FrameType, maxMessageBytes, maxSlots } from '../frames/frame-header.ts'
import type { Outbox } from '../frames/outbox.ts'
import type { NamedService } from '../frames/service-id.ts'
import { type NotDeliveredReason, Status } from '../frames/status.ts'
import { AskedServices } from './asked-services.ts'
import { CallTime, type TimeTeller, toleratedMs } from './call-time.ts'
import { type CallAbout, cancelledError, MaybeDeliveredError, NotDeliveredError } from './errors.ts'
import { type CallEnds, FailureTurn, type TurnTaker } from './failure-turn.ts'
import type { Key } from './key-route.ts'
import { type AnsweredCalls, OriginAnswers } from './origin-answers.ts'
import { OriginSending, type SendingOrigin } from './origin-sending.ts'
import { type Answer, aboutOf, heldKeyOf, type PendingRequest, PendingTable } from './pending-request.ts'
import type { PostSender, Posts } from './posts.ts'
import type { ProgramRouting } from './program-routing.ts'
import { applyOptions, clockGrainMs, type RequestOptions } from './request-options.ts'
import { ServerNames } from './server-names.ts'

/** How long an answer to CANCEL is waited for, so that the error can say whether the request had been started. */
const cancelAnswerMs = 1_000

/**
 * The asking side of a program: keeps every request until it has ended, exactly once; holds back what would overtake;
 * tries again what certainly was not delivered, or may be run twice. Only here are the bytes of a request kept (K2).
 */
export class Origin implements PostSender, AnsweredCalls, SendingOrigin {
  readonly pending = new PendingTable(maxSlots)
  readonly assemblies = new AssemblyBudget()
  readonly services = new AskedServices(this)
  readonly names = new ServerNames()
  readonly failures: FailureTurn
  private readonly calls: CallTime
  private readonly outbox: Outbox
  private readonly chunks: ChunkSender
  private readonly defaultDeadlineMs: number
  private readonly sending: OriginSending
  private readonly answers: OriginAnswers
  private sequence = 0

  constructor(outbox: Outbox, chunks: ChunkSender, shell: OriginShell, nowMs: number, defaultDeadlineMs: number) {
    this.outbox = outbox
    this.chunks = chunks
    this.calls = new CallTime(shell, nowMs)
    this.failures = new FailureTurn(shell)
    this.defaultDeadlineMs = defaultDeadlineMs
    this.sending = new OriginSending(this, outbox, chunks)
    this.answers = new OriginAnswers(this, this.sending)
  }

  get nowMs(): number {
    return this.calls.nowMs
  }

  get routing(): ProgramRouting | undefined {
    return this.sending.routing
  }

  /** What the clock says, in monotonic milliseconds. */
  time(nowMs: number): void {
    const lateMs = this.calls.told(nowMs, this.sequence)
    if (lateMs === 0) return
    for (const request of this.pending.records) {
      if (request.state !== 'free' && request.expiryMs !== 0 && this.calls.isUnsure(request.sequence)) {
        request.expiryMs += lateMs
      }
    }
  }

  /** All calls of this turn have been made. */
  turnIsOver(): void {
    this.calls.turnIsOver()
  }

  /** Those of the unnamed service. */
  get posts(): Posts {
    return this.services.unnamed.posts
  }

  /** Answers that came after their request had ended: dropped. */
  get staleAnswers(): number {
    return this.answers.stale
  }

  connect(link: Link, knowsServices: boolean, knowsCredit: boolean): void {
    this.sending.connect(link, knowsServices, knowsCredit)
  }

  /** The node is stopping: what is out may end, what begins now fails, or waits for the next life of the node. */
  nodeDetached(): void {
    this.sending.isDetached = true
    if (this.sending.isClosing) this.endHeld()
  }

  /** The program is stopping, for good: what is out may end, nothing new begins. */
  stopAsking(): void {
    this.sending.isClosing = true
    if (this.sending.isDetached) this.endHeld()
  }

  /** @param isAddressed the key is the name of the server that it is for */
  request(
    type: number,
    key: Key,
    body: Uint8Array,
    options: RequestOptions | undefined,
    service: NamedService = this.services.unnamed,
    isAddressed = false,
  ): Promise<Answer> {
    const promise = new Promise<Answer>(capture)
    const resolve = capturedResolve
    const reject = capturedReject
    const fault = this.begin(service, isAddressed, type, key, body, options, resolve, reject)
    if (fault !== undefined) {
      const about = { service: service.name, server: isAddressed ? String(key) : undefined }
      this.failures.tell({ resolve, reject }, faultError(fault, options, about))
    }
    return promise
  }

  onFrame(bytes: Uint8Array, at: number, end: number): void {
    this.answers.onFrame(bytes, at, end)
  }

  onAcknowledged(slot: number, generation: number): void {
    const request = this.pending.find(slot, generation)
    if (request?.state === 'out') this.succeed(request, undefined)
  }

  setRouting(routing: ProgramRouting): void {
    this.sending.routing = routing
    this.names.learn(routing)
    this.services.follow(routing)
    this.sending.releaseAll()
  }

  /** The link to the node has ended: everything that is out may have been delivered. */
  linkLost(): void {
    this.sending.linkLost()
    for (const request of this.pending.records) {
      if (request.state === 'out') this.answers.failed(request, Status.linkLost, '')
    }
    if (this.sending.isClosing) this.endHeld()
  }

  /** There is nobody left to send to: what has not been sent ends. */
  private endHeld(): void {
    for (const request of this.pending.records) {
      if (request.state === 'held' || request.state === 'retrying') {
        this.fail(request, new NotDeliveredError('closing', aboutOf(request)))
      }
    }
  }

  /** Ends what is overdue, sends what waited for its next try. */
  tick(nowMs: number): void {
    this.time(nowMs)
    for (const request of this.pending.records) {
      if (request.state !== 'free' && request.expiryMs !== 0 && request.expiryMs < nowMs) this.expire(request)
    }
    this.sending.tick(nowMs)
  }

  succeed(request: PendingRequest, answer: Answer): void {
    // Cancelled, and yet answered: the caller has been promised that it does not go on.
    const error = request.isCancelled ? cancelledError(request.signal, true) : undefined
    const ended = this.end(request, true)
    if (error === undefined) ended.resolve(answer)
    else this.failures.tell(ended, error)
  }

  /** The end of a call without an answer: what one try may have delivered, no later one makes "not delivered" (K1). */
  fail(request: PendingRequest, error: Error): void {
    const isLate = error instanceof NotDeliveredError && request.maybe !== undefined
    const told = isLate ? new MaybeDeliveredError(request.maybe!, { cause: error }) : error
    this.failures.tell(this.end(request, !(error instanceof NotDeliveredError)), told)
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
    const holds = this.services.holdsOf(service)
    if (wasOut && reached && !holds.isEmpty) holds.delivered(request)
    this.forget(request)
    if (request.answers !== undefined) this.names.fanOutEnds()
    this.pending.release(request)
    if (wasOut) this.sending.left(service, partition, heldKey)
    return { resolve, reject }
  }

  /** Lets go of the bodies that were being put together. */
  forget(request: PendingRequest): void {
    if (request.assemblies === undefined) return
    for (const assembly of request.assemblies.values()) this.assemblies.end(assembly)
    request.assemblies = undefined
  }

  beginPost(
    service: NamedService,
    key: Key,
    body: Uint8Array,
    options: RequestOptions | undefined,
    onHandled: () => void,
    onFailed: (error: Error) => void,
  ): NotDeliveredReason | undefined {
    return this.begin(service, false, FrameType.oneWay, key, body, options, onHandled, onFailed)
  }

  /** Exactly one of `resolve` and `reject` is called, once and later; neither when this returns why it cannot begin. */
  private begin(
    service: NamedService,
    isAddressed: boolean,
    type: number,
    key: Key,
    body: Uint8Array,
    options: RequestOptions | undefined,
    resolve: (answer: Answer) => void,
    reject: (error: Error) => void,
  ): NotDeliveredReason | undefined {
    if (this.calls.begin()) this.outbox.wakeUp()
    const fault = this.faultOf(type, key, body, options)
    const request = fault === undefined ? this.pending.take() : undefined
    if (request === undefined) return fault ?? 'queue-full'
    this.sequence = (this.sequence + 1) % 0x1_0000_0000_0000
    request.sequence = this.sequence
    request.type = type
    request.key = key
    const { key: loaded } = this.sending
    request.keyHash = keyHashOfRange(loaded.bytes, 0, loaded.length)
    request.body = body
    request.flags = 0
    if (isAddressed || service !== this.services.unnamed) nameService(request, service, isAddressed)
    request.attempts = 0
    request.resolve = resolve
    request.reject = reject
    const deadlineMs = options?.deadlineMs ?? this.defaultDeadlineMs
    request.expiryMs = deadlineMs === 0 ? 0 : this.nowMs + deadlineMs + clockGrainMs
    if (type === FrameType.broadcast || type === FrameType.replicate) {
      request.answers = []
      this.names.fanOutBegins()
    }
    if (options !== undefined) {
      applyOptions(request, options)
      if (options.signal !== undefined) this.listenForAbort(request, options.signal)
    }
    this.sending.dispatch(request)
    return undefined
  }

  /** Loads the key on the way. */
  private faultOf(
    type: number,
    key: Key,
    body: Uint8Array,
    options: RequestOptions | undefined,
  ): NotDeliveredReason | undefined {
    const { sending } = this
    if (!sending.key.load(key) || body.length > maxMessageBytes) return 'too-large'
    if (options?.signal?.aborted === true) return 'cancelled'
    if (sending.isClosing) return 'closing'
    if (sending.link !== undefined && !sending.isDetached) return undefined
    if (options?.idempotent === true || (options?.whenDown === 'wait' && isForOne(type))) return undefined
    return sending.isDetached ? 'closing' : 'no-link'
  }

  private listenForAbort(request: PendingRequest, signal: AbortSignal): void {
    request.signal = signal
    request.onAbort = () => {
      this.cancel(request)
    }
    signal.addEventListener('abort', request.onAbort)
  }

  /** Nobody but the origin knows how long the caller has waited: a relay or program that stood still can only guess. */
  isBeforeDeadline(request: PendingRequest): boolean {
    return request.expiryMs !== 0 && this.nowMs < request.expiryMs - clockGrainMs
  }

  /** It may have been counted from a little before it was made: whoever says now that it is overdue may say so too early. */
  isAtDeadline({ expiryMs }: PendingRequest): boolean {
    const overdueMs = this.nowMs - (expiryMs - clockGrainMs)
    return expiryMs !== 0 && overdueMs >= 0 && overdueMs < toleratedMs
  }

  private expire(request: PendingRequest): void {
    if (request.state !== 'out') this.fail(request, this.overdue(request))
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
    const tooOld = request.needsServices && sending.isNodeTooOld ? 'old-version' : undefined
    const why =
      ownNode ?? tooOld ?? request.lastReason ?? this.services.holdsOf(request.service).find(request.partition)?.why
    const about = aboutOf(request)
    return why === undefined
      ? new NotDeliveredError('overdue', about)
      : new NotDeliveredError(why, { ...about, isOverdue: true })
  }

  private cancel(request: PendingRequest): void {
    if (request.state !== 'out') {
      this.fail(request, cancelledError(request.signal, false))
      return
    }
    this.calls.refresh()
    request.isCancelled = true
    this.sending.sendCancel(request)
    const end = this.nowMs + cancelAnswerMs
    request.expiryMs = request.expiryMs === 0 ? end : Math.min(end, request.expiryMs)
  }
}

/** What an origin asks of its shell. */
export interface OriginShell extends TimeTeller, TurnTaker {}

/** Not broadcast and replicate, of which some may have an answer while others have none. */
function isForOne(type: number): boolean {
  return type === FrameType.request || type === FrameType.oneWay
}

interface Ended extends CallEnds {
  readonly resolve: (answer: Answer) => void
}

function faultError(fault: NotDeliveredReason, options: RequestOptions | undefined, about: CallAbout): Error {
  return fault === 'cancelled' ? cancelledError(options?.signal, false) : new NotDeliveredError(fault, about)
}

function nameService(request: PendingRequest, service: NamedService, isAddressed: boolean): void {
  request.needsServices = true
  request.service = service
  request.isAddressed = isAddressed
  if (service.id !== undefined) request.flags |= Flag.service
}

let capturedResolve: (answer: Answer) => void
let capturedReject: (error: Error) => void

/** One function for all promises: a closure for each request would be made anew every time. */
function capture(resolve: (answer: Answer) => void, reject: (error: Error) => void): void {
  capturedResolve = resolve
  capturedReject = reject
}
