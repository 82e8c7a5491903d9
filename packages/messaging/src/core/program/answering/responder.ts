import { type Link, shown, thrownText } from '@ring/platform'
import { type Body, bodyBytes } from '../../frames/body-bytes.ts'
import type { ChunkSender } from '../../frames/chunk-sender.ts'
import { writeCredit } from '../../frames/credit-frame.ts'
import { Flag, FrameType, isKeyed, maxMessageBytes, maxSlots, Offset, readU32 } from '../../frames/frame-header.ts'
import type { Outbox } from '../../frames/outbox.ts'
import { writeFailed, writeReply } from '../../frames/reply-frame.ts'
import { firstMaybeDelivered, Status } from '../../frames/status.ts'
import { OrderFences } from '../../relay/waiting/order-fences.ts'
import { clear, type StartAdmission, unasked, waits } from '../../relay/waiting/verdict.ts'
import type { TurnTaker } from '../asking/failure-turn.ts'
import { clockGrainMs } from '../asking/request-options.ts'
import type { ProgramRouting } from '../program-routing.ts'
import { soundStreamRules } from '../streaming/stream-rules.ts'
import { StreamingAnswers, type StreamingResponder } from '../streaming/streaming-answers.ts'
import { isStream } from '../streaming/yielded-items.ts'
import { AckGathering } from './ack-gathering.ts'
import { GivenUpHandlers } from './given-up-handlers.ts'
import { type BodiesOwner, IncomingBodies } from './incoming-bodies.ts'
import { IncomingRequest } from './incoming-request.ts'

/** What a handler answers with. A stream is whatever has `Symbol.asyncIterator`: an async generator, a Node readable. */
export type Answered = Body | AsyncIterable<Body> | undefined

/**
 * Answers a request: bytes, or a text as UTF-8, are the reply, nothing is an empty reply, a stream is a reply of as many items as it
 * yields, each asked for when there is room for it; an exception is told to the sender as its message. The bytes returned or yielded
 * must not be changed afterwards.
 */
export type Handler = (request: IncomingRequest) => Answered | Promise<Answered>

function isPromise(result: Answered | PromiseLike<Answered>): result is PromiseLike<Answered> {
  return typeof result === 'object' && (result as object | null) !== null && 'then' in result
}

const wanted = 'a handler returns bytes, a text, a stream of these or nothing; this one returned'

/** Requests that may wait for a handler to be set, or for the word that it may be started: the credit of a program. */
const waitingAtMost = 1_024
const addressedAtMost = 256

/** The answering side of a program: runs the handler once for each request, and answers each exactly once. */
export class Responder implements BodiesOwner, StreamingResponder {
  nowMs: number
  /** Asked before each start of a handler. */
  admission: StartAdmission = unasked
  /** Requests that were not started because nobody waited any more. */
  notStarted = 0
  private readonly outbox: Outbox
  private readonly chunks: ChunkSender
  private readonly acks = new AckGathering()
  private readonly bodies = new IncomingBodies(this)
  private readonly givenUp: GivenUpHandlers
  private readonly streams: StreamingAnswers
  private readonly active: (IncomingRequest | undefined)[] = []
  private waiting: IncomingRequest[] = []
  private handler: Handler | undefined
  private link: Link | undefined
  /** Whether the node at the other end knows credit. */
  isCredited = false
  private runningCount = 0
  private gapMs = 0
  private readonly fences = new OrderFences()
  private epoch = 0
  private version = 0

  constructor(outbox: Outbox, chunks: ChunkSender, turns: TurnTaker, nowMs: number, rules = soundStreamRules) {
    this.outbox = outbox
    this.chunks = chunks
    this.nowMs = nowMs
    this.givenUp = new GivenUpHandlers(outbox)
    this.streams = new StreamingAnswers(this, outbox, chunks, { turns, rules })
  }

  /** Requests that have not been answered. */
  get running(): number {
    return this.runningCount + this.bodies.size + this.chunks.unsent(FrameType.replyChunk)
  }

  /** @param knowsCredit whether the node at the other end does */
  connect(link: Link, knowsCredit: boolean): void {
    this.link = link
    this.isCredited = knowsCredit
  }

  serve(handler: Handler): void {
    this.handler = handler
    this.release()
  }

  /** The admission may say something else by now: starts, or ends, what waits, in order. */
  release(): void {
    const { handler } = this
    while (handler !== undefined && this.waiting.length > 0) {
      const verdict = this.admission.verdict()
      if (verdict === waits) return
      const request = this.waiting.shift()!
      if (verdict === clear) this.run(request, handler)
      else this.refuse(request, verdict)
    }
  }

  /** Nothing that waits may be started any more. */
  refuseWaiting(status: number): void {
    for (const request of this.waiting.splice(0)) this.refuse(request, status)
  }

  /**
   * The routing under which the node accepts requests from here on. What was accepted before and has not been started ends
   * "moved" where its partition is another server's, or another row, now (rule D5).
   */
  setRouting(routing: ProgramRouting): void {
    this.epoch = routing.epoch
    this.version = routing.version
    for (const request of [...this.waiting]) {
      if (hasMoved(routing, request.partition, request.stamp)) this.refuse(request, Status.moved)
    }
    this.bodies.dropMoved((partition, stamp) => hasMoved(routing, partition, stamp))
  }

  /** The process stood still: what arrives until the next tick has already waited that long (M3). */
  resumed(gapMs: number): void {
    this.gapMs = gapMs
    this.nowMs += gapMs
  }

  /** The time of the input that follows. */
  time(nowMs: number): void {
    if (nowMs > this.nowMs) this.nowMs = nowMs
  }

  tick(nowMs: number): void {
    this.nowMs = nowMs
    this.gapMs = 0
    if (!this.fences.isEmpty) this.fences.expire(nowMs)
    for (const request of this.active) {
      if (
        request !== undefined &&
        request.expiryMs !== 0 &&
        request.expiryMs < nowMs &&
        !this.streams.isOpen(request)
      ) {
        this.abandon(request, this.waiting.includes(request) ? Status.overdue : Status.overdueRunning)
      }
    }
    this.bodies.dropOverdue(nowMs)
    for (const { slot, generation } of this.chunks.dropOverdue(FrameType.replyChunk, nowMs))
      this.writeFailed(slot, generation, Status.overdueRunning)
  }

  /** REQUEST, ONEWAY, CHUNK or CANCEL; false when it breaks a rule. */
  onFrame(bytes: Uint8Array, at: number, end: number): boolean {
    const slot = readU32(bytes, at + Offset.slot)
    if (slot >= maxSlots) return false
    switch (bytes[at + Offset.type]) {
      case FrameType.chunk:
        this.bodies.onChunk(slot, bytes, at, end)
        return true
      case FrameType.cancel:
        this.onCancel(slot, readU32(bytes, at + Offset.generation))
        return true
      default:
        this.onRequest(slot, bytes, at, end)
        return true
    }
  }

  /** Sends the acknowledgements of this turn. */
  flush(): void {
    if (this.link !== undefined) this.acks.flush(this.link)
  }

  /** Nobody waits any more for anything. */
  linkLost(): void {
    this.link = undefined
    this.waiting.length = 0
    this.bodies.dropAll()
    this.givenUp.clear()
    for (const request of this.active) if (request !== undefined) this.abandon(request, undefined)
  }

  private onRequest(slot: number, bytes: Uint8Array, at: number, end: number): void {
    const generation = readU32(bytes, at + Offset.generation)
    this.giveUpSlot(slot)
    const deadline = readU32(bytes, at + Offset.deadline)
    const refusal = this.refusalOf(bytes, at, deadline)
    if (refusal !== 0) {
      this.notStarted++
      this.writeFailed(slot, generation, refusal)
      return
    }
    const expiryMs = deadline === 0 ? 0 : this.nowMs + deadline - this.gapMs + clockGrainMs
    const given = { epoch: this.epoch, version: this.version, expiryMs }
    if ((bytes[at + Offset.flags]! & Flag.chunked) !== 0) {
      const why = this.bodies.begin(slot, generation, given, bytes, at, end)
      if (why !== 0) this.writeFailed(slot, generation, why)
    } else this.start(new IncomingRequest(bytes, at, end, given, undefined))
  }

  /** Why a request must not be taken after a pause: what has waited too long, and what came after that; else 0. */
  private refusalOf(bytes: Uint8Array, at: number, deadline: number): number {
    if (deadline !== 0 && deadline <= this.gapMs) {
      this.fences.raiseAfterPause(bytes, at, this.nowMs)
      return Status.overdue
    }
    if (this.fences.isEmpty) return 0
    return this.fences.refusalOf(bytes, at)
  }

  /** The relay uses the slot again, so nobody waits for what had it. */
  private giveUpSlot(slot: number): void {
    const before = this.active[slot]
    if (before !== undefined) this.abandon(before, undefined)
    this.bodies.dropSlot(slot)
  }

  start(request: IncomingRequest): void {
    while (this.active.length <= request.slot) this.active.push(undefined)
    this.active[request.slot] = request
    this.runningCount++
    const { handler } = this
    // What waits goes first.
    const verdict = handler === undefined || this.waiting.length > 0 ? waits : this.admission.verdict()
    if (verdict === clear) this.run(request, handler!)
    else if (verdict !== waits) this.refuse(request, verdict)
    else if (this.mayWait(request)) this.waiting.push(request)
    else this.refuse(request, handler === undefined ? Status.noProgram : Status.queueFull)
  }

  /** What is addressed takes no place of what is not, nor the other way round. */
  private mayWait({ isAddressed }: IncomingRequest): boolean {
    const bound = isAddressed ? addressedAtMost : waitingAtMost
    if (this.waiting.length < bound) return true
    return this.waiting.filter((other) => other.isAddressed === isAddressed).length < bound
  }

  private refuse(request: IncomingRequest, status: number): void {
    this.notStarted++
    this.abandon(request, status)
  }

  private run(request: IncomingRequest, handler: Handler): void {
    try {
      const result = handler(request)
      if (result instanceof Uint8Array || !isPromise(result)) this.finish(request, result)
      else this.settle(request, result)
    } catch (error) {
      this.failed(request, error)
    }
  }

  private settle(request: IncomingRequest, result: PromiseLike<Answered>): void {
    result.then(
      (answered) => {
        try {
          this.finish(request, answered)
        } catch (error) {
          // Even to look at what it is may throw.
          this.failed(request, error)
        }
      },
      (error: unknown) => {
        this.failed(request, error)
      },
    )
  }

  finish(request: IncomingRequest, result: unknown): void {
    if (request.isOver) {
      if (isStream(result)) this.streams.discard(request, result)
      else this.givenUp.ended(request)
      return
    }
    const body = bodyBytes(result)
    if (body === undefined && result !== undefined) {
      if (isStream(result)) this.streams.begin(request, result)
      else this.failed(request, new TypeError(`${wanted} ${shown(result)}`))
      return
    }
    if (body !== undefined && body.length > maxMessageBytes) {
      this.failed(request, new RangeError('the reply is longer than 16 MiB'))
      return
    }
    this.over(request)
    if (!request.oneWay) writeReply(this.outbox, this.chunks, request, body)
    else if (this.link !== undefined) {
      if (this.acks.isEmpty) this.outbox.wakeUp()
      this.acks.add(this.link, request.slot, request.generation)
    }
  }

  failed(request: IncomingRequest, error: unknown): void {
    if (request.isOver) {
      this.givenUp.ended(request)
      return
    }
    this.over(request)
    const text = thrownText(error)
    writeFailed(this.outbox, request.slot, request.generation, Status.handlerFailed, text)
  }

  over(request: IncomingRequest): void {
    request.isOver = true
    this.active[request.slot] = undefined
    this.runningCount--
  }

  private abandon(request: IncomingRequest, status: number | undefined): void {
    if (request.isOver) return
    this.over(request)
    const hasStarted = status === undefined ? !this.waiting.includes(request) : status >= firstMaybeDelivered
    if (hasStarted && this.link !== undefined) this.givenUp.add(request)
    if (this.waiting.length > 0) this.waiting = this.waiting.filter((other) => other !== request)
    if (status !== undefined) this.writeFailed(request.slot, request.generation, status)
    request.abandon()
    this.streams.abandon(request)
  }

  /** The handler of one that was abandoned has ended, with its stream. */
  ended(request: IncomingRequest): void {
    this.givenUp.ended(request)
  }

  private onCancel(slot: number, generation: number): void {
    const request = this.active[slot]
    if (request?.generation === generation) {
      const hasStarted = !this.waiting.includes(request)
      this.abandon(request, hasStarted ? Status.cancelledRunning : Status.cancelled)
    } else if (this.chunks.drop(FrameType.replyChunk, slot, generation)) {
      this.writeFailed(slot, generation, Status.cancelledRunning)
    } else this.bodies.drop(slot, generation, Status.cancelled)
  }

  /** REPLY_CREDIT: of a stream, or of a large reply. */
  granted(slot: number, generation: number, limit: number): void {
    if (this.active[slot]?.generation === generation) this.streams.grant(slot, limit)
    else this.chunks.grant(FrameType.replyChunk, slot, generation, limit)
  }

  giveCredit(slot: number, generation: number, limit: number): void {
    if (limit > 0 && this.isCredited && this.link !== undefined)
      writeCredit(this.link, FrameType.credit, slot, generation, limit)
  }

  dropped(slot: number, generation: number, status: number | undefined): void {
    this.notStarted++
    if (status !== undefined) this.writeFailed(slot, generation, status)
  }

  private writeFailed(slot: number, generation: number, status: number): void {
    writeFailed(this.outbox, slot, generation, status, '', status === Status.moved ? this.version : 0)
  }
}

/** Whether a request with this stamp belongs to a row that is another one by now. */
function hasMoved(routing: ProgramRouting, partition: number, stamp: number): boolean {
  return isKeyed(partition) && routing.changedAt[partition] !== stamp
}
