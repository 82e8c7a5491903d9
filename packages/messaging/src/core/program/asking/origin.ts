import { keyHashOfRange } from '@ring/placement'
import type { Link } from '@ring/platform'
import { AssemblyBudget } from '../../frames/assembly.ts'
import type { ChunkSender } from '../../frames/chunk-sender.ts'
import { Flag, FrameType, maxMessageBytes, maxSlots } from '../../frames/frame-header.ts'
import type { Outbox } from '../../frames/outbox.ts'
import type { NamedService } from '../../frames/service-id.ts'
import { type NotDeliveredReason, Status } from '../../frames/status.ts'
import { type CallAbout, cancelledError, NotDeliveredError } from '../errors.ts'
import type { ProgramRouting } from '../program-routing.ts'
import { StreamIntake, type StreamOrigin } from '../streaming/stream-intake.ts'
import { type StreamRules, soundStreamRules } from '../streaming/stream-rules.ts'
import { StreamWindows } from '../streaming/stream-windows.ts'
import { AskedServices } from './asked-services.ts'
import { CallEndings, type EndingCalls } from './call-endings.ts'
import { CallTime, type TimeTeller } from './call-time.ts'
import { FailureTurn, type TurnTaker } from './failure-turn.ts'
import type { Key } from './key-route.ts'
import { type AnsweredCalls, OriginAnswers } from './origin-answers.ts'
import { OriginSending, type SendingOrigin } from './origin-sending.ts'
import { type Answer, type PendingRequest, PendingTable } from './pending-request.ts'
import type { PostSender, Posts } from './posts.ts'
import { applyOptions, clockGrainMs, type RequestOptions } from './request-options.ts'
import { ServerNames } from './server-names.ts'

/**
 * The asking side of a program: keeps every request until it has ended, exactly once; holds back what would overtake;
 * tries again what certainly was not delivered, or may be run twice. Only here are the bytes of a request kept (K2).
 */
export class Origin implements PostSender, AnsweredCalls, EndingCalls, SendingOrigin, StreamOrigin {
  readonly pending = new PendingTable(maxSlots)
  readonly assemblies = new AssemblyBudget()
  readonly windows = new StreamWindows()
  readonly services = new AskedServices(this)
  readonly names = new ServerNames()
  readonly failures: FailureTurn
  readonly streamRules: StreamRules
  private readonly calls: CallTime
  private readonly outbox: Outbox
  private readonly defaultDeadlineMs: number
  private readonly sending: OriginSending
  private readonly endings: CallEndings
  private readonly answers: OriginAnswers
  private sequence = 0

  constructor(
    outbox: Outbox,
    chunks: ChunkSender,
    shell: OriginShell,
    nowMs: number,
    defaultDeadlineMs: number,
    streamRules = soundStreamRules,
  ) {
    this.streamRules = streamRules
    this.outbox = outbox
    this.calls = new CallTime(shell, nowMs)
    this.failures = new FailureTurn(shell)
    this.defaultDeadlineMs = defaultDeadlineMs
    this.sending = new OriginSending(this, outbox, chunks)
    this.endings = new CallEndings(this, chunks, this.sending)
    this.answers = new OriginAnswers(this, this.sending, this.endings)
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

  connect(link: Link, knowsServices: boolean, knowsCredit: boolean, knowsMoves: boolean): void {
    this.sending.connect(link, knowsServices, knowsCredit, knowsMoves)
  }

  /** The node is stopping: what is out may end, what begins now fails, or waits for the next life of the node. */
  nodeDetached(): void {
    this.sending.isDetached = true
    if (this.sending.isClosing) this.endings.endHeld()
  }

  /** The program is stopping, for good: what is out may end, nothing new begins. */
  stopAsking(): void {
    this.sending.isClosing = true
    if (this.sending.isDetached) this.endings.endHeld()
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

  /** Likewise for a stream, which is asked for at once. What cannot begin is told by the iterator, too. */
  requestStream(
    key: Key,
    body: Uint8Array,
    options: RequestOptions | undefined,
    service: NamedService = this.services.unnamed,
    isAddressed = false,
  ): AsyncIterableIterator<Uint8Array, undefined> {
    const stream = new StreamIntake(this, options?.deadlineMs ?? this.defaultDeadlineMs)
    const answered = (answer: Answer): void => {
      stream.answered(answer)
    }
    const failed = (error: Error): void => {
      stream.failed(error)
    }
    const fault = this.begin(service, isAddressed, FrameType.request, key, body, options, answered, failed, stream)
    const about = { service: service.name, server: isAddressed ? String(key) : undefined }
    if (fault !== undefined) failed(faultError(fault, options, about))
    return stream.queue
  }

  /** One that was not even asked for. */
  refusedStream(error: Error): AsyncIterableIterator<Uint8Array, undefined> {
    const stream = new StreamIntake(this, 0)
    stream.failed(error)
    return stream.queue
  }

  onFrame(bytes: Uint8Array, at: number, end: number): void {
    this.answers.onFrame(bytes, at, end)
  }

  onAcknowledged(slot: number, generation: number): void {
    const request = this.pending.find(slot, generation)
    if (request?.state === 'out') this.endings.succeed(request, undefined)
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
      else if (request.state === 'streaming') this.answers.streamFailed(request, Status.linkLost)
    }
    if (this.sending.isClosing) this.endings.endHeld()
  }

  /** Ends what is overdue, sends what waited for its next try. */
  tick(nowMs: number): void {
    this.time(nowMs)
    for (const request of this.pending.records) {
      if (request.state !== 'free' && request.expiryMs !== 0 && request.expiryMs < nowMs) this.endings.expire(request)
    }
    this.sending.tick(nowMs)
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
    stream?: StreamIntake,
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
    if (stream !== undefined) takeStream(request, stream)
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
      this.endings.cancel(request)
    }
    signal.addEventListener('abort', request.onAbort)
  }

  fail(request: PendingRequest, error: Error): void {
    this.endings.fail(request, error)
  }

  forget(request: PendingRequest): void {
    this.endings.forget(request)
  }

  abandon(request: PendingRequest): void {
    this.endings.abandon(request)
  }

  refresh(): void {
    this.calls.refresh()
  }

  endOf(deadlineMs: number): number {
    this.calls.refresh()
    return this.nowMs + deadlineMs + clockGrainMs
  }

  sendCredit(request: PendingRequest, limit: number): void {
    this.sending.sendCredit(request, limit)
  }
}

/** What an origin asks of its shell. */
export interface OriginShell extends TimeTeller, TurnTaker {}

/** Not broadcast and replicate, of which some may have an answer while others have none. */
function isForOne(type: number): boolean {
  return type === FrameType.request || type === FrameType.oneWay
}

function faultError(fault: NotDeliveredReason, options: RequestOptions | undefined, about: CallAbout): Error {
  return fault === 'cancelled' ? cancelledError(options?.signal, false) : new NotDeliveredError(fault, about)
}

function nameService(request: PendingRequest, service: NamedService, isAddressed: boolean): void {
  request.needsLaterNode = true
  request.service = service
  request.isAddressed = isAddressed
  if (service.id !== undefined) request.flags |= Flag.service
}

function takeStream(request: PendingRequest, stream: StreamIntake): void {
  request.needsLaterNode = true
  request.flags |= Flag.stream
  request.stream = stream
  stream.begun(request)
}

let capturedResolve: (answer: Answer) => void
let capturedReject: (error: Error) => void

/** One function for all promises: a closure for each request would be made anew every time. */
function capture(resolve: (answer: Answer) => void, reject: (error: Error) => void): void {
  capturedResolve = resolve
  capturedReject = reject
}
