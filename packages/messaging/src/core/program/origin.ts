import { keyHashOfRange } from '@ring/placement'
import type { Link } from '@ring/platform'
import { AssemblyBudget } from '../frames/assembly.ts'
import type { ChunkSender } from '../frames/chunk-sender.ts'
import { writeCredit } from '../frames/credit-frame.ts'
import {
  addressedPartition,
  Flag,
  FrameType,
  headerBytes,
  isKeyed,
  maxMessageBytes,
  maxSlots,
  noPartition,
  writeExchange,
  writeHeader,
} from '../frames/frame-header.ts'
import type { Outbox } from '../frames/outbox.ts'
import { writeRequest } from '../frames/request-frame.ts'
import type { NamedService } from '../frames/service-id.ts'
import { type NotDeliveredReason, Status } from '../frames/status.ts'
import { AskedServices } from './asked-services.ts'
import { CallTime, type TimeTeller, toleratedMs } from './call-time.ts'
import { type CallAbout, cancelledError, MaybeDeliveredError, NotDeliveredError } from './errors.ts'
import { type CallEnds, FailureTurn, type TurnTaker } from './failure-turn.ts'
import { type Key, partitionOf } from './key-route.ts'
import { KeyScratch } from './key-scratch.ts'
import { type AnsweredCalls, OriginAnswers } from './origin-answers.ts'
import { everything } from './partition-holds.ts'
import { type Answer, type PendingRequest, PendingTable } from './pending-request.ts'
import type { PostSender, Posts } from './posts.ts'
import type { ProgramRouting } from './program-routing.ts'
import { applyOptions, clockGrainMs, type RequestOptions, remainingMs } from './request-options.ts'
import { Retries } from './retries.ts'
import { ServerNames } from './server-names.ts'

/** How long an answer to CANCEL is waited for, so that the error can say whether the request had been started. */
const cancelAnswerMs = 1_000
/** Not before this is tried again what a server that is behind, or full, has refused. */
const pauseMs = 20
/** So long a routing is waited for that a server has named; then that server is asked again. */
const versionWaitMs = 500

/**
 * The asking side of a program: keeps every request until it has ended, exactly once; holds back what would overtake;
 * tries again what certainly was not delivered, or may be run twice. Only here are the bytes of a request kept (K2).
 */
export class Origin implements PostSender, AnsweredCalls {
  readonly pending = new PendingTable(maxSlots)
  readonly assemblies = new AssemblyBudget()
  readonly services = new AskedServices(this)
  readonly names = new ServerNames()
  routing: ProgramRouting | undefined
  readonly failures: FailureTurn
  private readonly calls: CallTime
  private readonly outbox: Outbox
  private readonly chunks: ChunkSender
  private readonly defaultDeadlineMs: number
  private readonly key = new KeyScratch()
  private readonly answers: OriginAnswers
  private readonly retries = new Retries()
  private sequence = 0
  private link: Link | undefined
  private closed: 'no' | 'no-link' | 'closing' = 'no-link'
  /** The node has said DETACH: nothing is sent to it any more, for what it has not read when it closes might have been delivered. */
  private isDetached = false
  /** The node knows services and addresses: one that does not is never sent any. */
  private nodeKnowsServices = false

  private nodeKnowsCredit = false

  constructor(outbox: Outbox, chunks: ChunkSender, shell: OriginShell, nowMs: number, defaultDeadlineMs: number) {
    this.outbox = outbox
    this.chunks = chunks
    this.calls = new CallTime(shell, nowMs)
    this.failures = new FailureTurn(shell)
    this.defaultDeadlineMs = defaultDeadlineMs
    this.answers = new OriginAnswers(this)
  }

  private get nowMs(): number {
    return this.calls.nowMs
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
    this.link = link
    this.nodeKnowsCredit = knowsCredit
    this.nodeKnowsServices = knowsServices
    this.closed = 'no'
    this.isDetached = false
  }

  /** The node is stopping: what is out may end, what begins now fails, or waits for the next life of the node. */
  nodeDetached(): void {
    this.isDetached = true
    if (this.closed === 'closing') this.endHeld()
  }

  /** The program is stopping, for good: what is out may end, nothing new begins. */
  stopAsking(): void {
    this.closed = 'closing'
    if (this.isDetached) this.endHeld()
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
    this.routing = routing
    this.names.learn(routing)
    this.services.follow(routing)
    this.releaseAll()
  }

  /** The link to the node has ended: everything that is out may have been delivered. */
  linkLost(): void {
    if (this.closed !== 'closing') this.closed = 'no-link'
    this.link = undefined
    this.isDetached = false
    for (const request of this.pending.records) {
      if (request.state === 'out') this.answers.failed(request, Status.linkLost, '')
    }
    if (this.closed === 'closing') this.endHeld()
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
    if (!this.retries.isEmpty) for (const request of this.retries.due(nowMs)) this.dispatchAgain(request)
    this.releaseAll()
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
    this.answers.forget(request)
    if (request.answers !== undefined) this.names.fanOutEnds()
    this.pending.release(request)
    if (wasOut) this.left(service, partition, heldKey)
    return { resolve, reject }
  }

  /** A request that was out is not any more. */
  private left(service: NamedService, partition: number, heldKey: number | undefined): void {
    const holds = this.services.holdsOf(service)
    holds.ended(partition)
    // Where the partition is held, they are to wait there before that is released.
    if (heldKey !== undefined) this.leftKey(service, heldKey)
    if (holds.isEmpty) return
    this.release(service, partition)
    this.release(service, everything)
  }

  private leftKey(service: NamedService, keyHash: number): void {
    this.services.keyHoldsOf(service).ended(keyHash)
    this.releaseKey(service, keyHash)
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
    request.keyHash = keyHashOfRange(this.key.bytes, 0, this.key.length)
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
    this.dispatch(request)
    return undefined
  }

  /** Loads the key on the way. */
  private faultOf(
    type: number,
    key: Key,
    body: Uint8Array,
    options: RequestOptions | undefined,
  ): NotDeliveredReason | undefined {
    if (!this.key.load(key) || body.length > maxMessageBytes) return 'too-large'
    if (options?.signal?.aborted === true) return 'cancelled'
    if (this.closed === 'closing') return 'closing'
    if (this.closed === 'no' && !this.isDetached) return undefined
    if (options?.idempotent === true || (options?.whenDown === 'wait' && isForOne(type))) return undefined
    return this.isDetached ? 'closing' : 'no-link'
  }

  private listenForAbort(request: PendingRequest, signal: AbortSignal): void {
    request.signal = signal
    request.onAbort = () => {
      this.cancel(request)
    }
    signal.addEventListener('abort', request.onAbort)
  }

  /** Sends a request whose key is loaded, or holds it back. */
  private dispatch(request: PendingRequest): void {
    const { routing, link } = this
    if (request.needsServices && this.dispatchNamed(request)) return
    if (routing === undefined || link === undefined || this.isDetached) {
      this.holdUnrouted(request)
      return
    }
    const isKeyOfHash = routing.mode === 'hash' && request.type !== FrameType.broadcast
    // Between two groups a node knows no server. Who waits, waits in the order of its key, whose partition nobody knows.
    if (isKeyOfHash && routing.partitions === 0 && request.waitsWhenDown) {
      request.partition = noPartition
      this.holdWithAll(request)
      return
    }
    const hasPartition = isKeyOfHash && routing.partitions > 0
    request.partition = hasPartition
      ? partitionOf(routing.strategy, routing.partitions, request.key, request.keyHash)
      : noPartition
    const holds = this.services.holdsOf(request.service)
    if (!holds.isEmpty) {
      const hold = holds.find(request.partition)
      if (hold !== undefined) {
        request.waitIn(hold.fresh, 'held')
        return
      }
    }
    const keyHolds = this.services.keyHoldsOf(request.service)
    const ofKey = keyHolds.isEmpty || !hasPartition ? undefined : keyHolds.find(request.keyHash)
    if (ofKey !== undefined) {
      request.waitIn(ofKey, 'held')
      return
    }
    this.send(request, hasPartition ? routing.changedAt[request.partition]! : 0)
  }

  /** What concerns only those that name a service or a server; true when nothing is left to do. */
  private dispatchNamed(request: PendingRequest): boolean {
    if (this.isNodeTooOld) {
      this.holdForLaterNode(request)
      return true
    }
    if (!request.isAddressed || this.routing === undefined || this.link === undefined || this.isDetached) return false
    request.partition = addressedPartition
    this.send(request, 0)
    return true
  }

  private send(request: PendingRequest, stamp: number): void {
    const { expiryMs } = request
    const deadlineMs = expiryMs === 0 ? 0 : remainingMs(expiryMs, this.nowMs)
    request.state = 'out'
    request.attempts++
    const holds = this.services.holdsOf(request.service)
    holds.sent(request.partition)
    const carried = writeRequest(this.outbox, request, this.key, stamp, deadlineMs)
    if (carried < request.body.length) {
      this.chunks.add(FrameType.chunk, request, request.body, carried)
      // Small frames go between the chunks; those of the same key must not.
      if (isKeyed(request.partition)) {
        request.holdsKey = true
        this.services.keyHoldsOf(request.service).open(request.keyHash)
      }
    }
  }

  /** Without a routing, or a link for what may be sent again: wait for the next tick that has both. */
  private holdUnrouted(request: PendingRequest): void {
    request.partition = noPartition
    const isAway = this.link === undefined || this.isDetached
    // What is addressed has no order that would have to be kept.
    if (request.isAddressed || (isAway && !request.waitsWhenDown)) this.retries.add(request, this.nowMs)
    else this.holdWithAll(request)
  }

  private holdWithAll(request: PendingRequest): void {
    const hold = this.services.holdsOf(request.service).open(everything)
    hold.version = Math.max(hold.version, 1)
    request.waitIn(hold.fresh, 'held')
  }

  /** The node would not understand it. Who wants to waits, in order, for one that does. */
  private holdForLaterNode(request: PendingRequest): void {
    request.partition = noPartition
    if (!request.waitsWhenDown) this.fail(request, new NotDeliveredError('old-version', aboutOf(request)))
    else if (request.isAddressed) this.retries.add(request, this.nowMs)
    else this.holdWithAll(request)
  }

  private get isNodeTooOld(): boolean {
    return this.link !== undefined && !this.isDetached && !this.nodeKnowsServices
  }

  /** Not delivered because the table moved on or there was no room: in order again, once all that is out has ended. */
  holdAgain(request: PendingRequest, version: number): void {
    const { partition, service } = request
    const known = this.routing?.version ?? 0
    const heldKey = this.renew(request)
    const hold = this.services.holdsOf(service).open(partition)
    request.waitIn(hold.again, 'held')
    hold.version = Math.max(hold.version, version)
    hold.why = request.lastReason ?? hold.why
    if (version <= known) hold.notBeforeMs = this.nowMs + pauseMs
    else hold.versionUntilMs = this.nowMs + versionWaitMs
    this.left(service, partition, heldKey)
  }

  /** May be tried again, after a while; false when it has been tried often enough. */
  tryAgain(request: PendingRequest): boolean {
    if (this.closed === 'closing' || !this.retries.mayTry(request)) return false
    const { partition, service } = request
    const wasOut = request.state === 'out'
    const heldKey = this.renew(request)
    this.retries.add(request, this.nowMs)
    if (wasOut) this.left(service, partition, heldKey)
    return true
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

  /** Nothing can end it any more but its deadline. */
  keepUntilDeadline(request: PendingRequest): void {
    const { partition, service } = request
    const heldKey = this.renew(request)
    this.retries.keep(request)
    this.left(service, partition, heldKey)
  }

  /**
   * The next try has a generation of its own, so that a late answer to this one is not taken for its. Returns the key that was held
   * for this try.
   */
  private renew(request: PendingRequest): number | undefined {
    const heldKey = heldKeyOf(request)
    request.holdsKey = false
    this.chunks.drop(FrameType.chunk, request.slot, request.generation)
    this.answers.forget(request)
    request.generation = (request.generation + 1) >>> 0
    return heldKey
  }

  private dispatchAgain(request: PendingRequest): void {
    request.waitingIn?.delete(request)
    request.waitingIn = undefined
    this.key.load(request.key)
    this.dispatch(request)
  }

  private releaseAll(): void {
    for (const service of this.services.all) {
      if (!service.keyHolds.isEmpty) for (const key of service.keyHolds.over()) this.releaseKey(service, key)
      if (service.holds.isEmpty) continue
      for (const partition of service.holds.held()) this.release(service, partition)
    }
  }

  private maySend({ id }: NamedService): boolean {
    return this.link !== undefined && !this.isDetached && (id === undefined || this.nodeKnowsServices)
  }

  private releaseKey(service: NamedService, keyHash: number): void {
    if (!this.maySend(service)) return
    for (const request of this.services.keyHoldsOf(service).release(keyHash)) this.dispatchAgain(request)
  }

  private release(service: NamedService, partition: number): void {
    if (!this.maySend(service)) return
    const holds = this.services.holdsOf(service)
    const released = holds.release(partition, this.routing?.version ?? 0, this.nowMs)
    if (released === undefined) return
    if (partition === everything && this.routing !== undefined) holds.resize(this.routing.partitions)
    for (const request of released.overtaken) this.fail(request, new NotDeliveredError('moved', aboutOf(request)))
    for (const request of released.send) this.dispatchAgain(request)
  }

  private expire(request: PendingRequest): void {
    if (request.state !== 'out') this.fail(request, this.overdue(request))
    else {
      this.sendCancel(request)
      const { isCancelled, signal } = request
      this.fail(request, isCancelled ? cancelledError(signal, true) : new MaybeDeliveredError('overdue-running'))
    }
  }

  /** The truth about a request that was kept until its deadline: why it could not go. */
  private overdue(request: PendingRequest): NotDeliveredError {
    const ownNode = this.isDetached ? 'closing' : this.link === undefined ? 'no-link' : undefined
    const tooOld = request.needsServices && this.isNodeTooOld ? 'old-version' : undefined
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
    this.sendCancel(request)
    const end = this.nowMs + cancelAnswerMs
    request.expiryMs = request.expiryMs === 0 ? end : Math.min(end, request.expiryMs)
  }

  /** A large answer is being put together here: its sender may go on. */
  sendCredit({ slot, generation }: PendingRequest, limit: number): void {
    if (this.link !== undefined && this.nodeKnowsCredit)
      writeCredit(this.link, FrameType.replyCredit, slot, generation, limit)
  }

  /** Whoever still sends the answer to a call that ends is not waited for. */
  sendCancel(request: PendingRequest): void {
    if (this.link === undefined) return
    const at = this.outbox.reserve(headerBytes)
    writeHeader(this.outbox.bytes, at, FrameType.cancel, 0, 0)
    writeExchange(this.outbox.bytes, at, request.slot, request.generation)
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

/** The key that others wait for until this call has ended. */
function heldKeyOf({ holdsKey, keyHash }: PendingRequest): number | undefined {
  return holdsKey ? keyHash : undefined
}

/** What a call was for, as far as it says so itself. */
function aboutOf({ service, isAddressed, key }: PendingRequest): CallAbout {
  return { service: service.name, server: isAddressed ? String(key) : undefined }
}

let capturedResolve: (answer: Answer) => void
let capturedReject: (error: Error) => void

/** One function for all promises: a closure for each request would be made anew every time. */
function capture(resolve: (answer: Answer) => void, reject: (error: Error) => void): void {
  capturedResolve = resolve
  capturedReject = reject
}
