import type { Assembly, AssemblyBudget } from '../../frames/assembly.ts'
import { viewedBytes } from '../../frames/copied-bytes.ts'
import {
  bodyStart,
  Flag,
  FrameType,
  isKeyed,
  noPartition,
  Offset,
  readU32,
  readU48,
  wholeBodyBytes,
} from '../../frames/frame-header.ts'
import {
  firstMaybeDelivered,
  meaningOf,
  type NotDeliveredReason,
  Status,
  saysNobodyIsThere,
} from '../../frames/status.ts'
import { opensStream } from '../../frames/stream-frames.ts'
import { type CallAbout, cancelledError, errorOf, MaybeDeliveredError } from '../errors.ts'
import type { StreamRules } from '../streaming/stream-rules.ts'
import type { CallEndings } from './call-endings.ts'
import type { OriginSending } from './origin-sending.ts'
import { noneMoved, type PendingRequest, type PendingTable } from './pending-request.ts'
import type { ServerNames } from './server-names.ts'

const longestTextBytes = 1_024
const decoder = new TextDecoder()

/** The calls that answers are for: what their origin does with them. */
export interface AnsweredCalls {
  readonly pending: PendingTable
  readonly assemblies: AssemblyBudget
  readonly names: ServerNames
  readonly streamRules: StreamRules
}

/** What an origin does with the answers that arrive. */
export class OriginAnswers {
  private readonly origin: AnsweredCalls
  private readonly sending: OriginSending
  private readonly endings: CallEndings
  /** Answers whose request has ended: dropped. */
  stale = 0

  constructor(origin: AnsweredCalls, sending: OriginSending, endings: CallEndings) {
    this.origin = origin
    this.sending = sending
    this.endings = endings
  }

  onFrame(bytes: Uint8Array, at: number, end: number): void {
    const request = this.origin.pending.find(readU32(bytes, at + Offset.slot), readU32(bytes, at + Offset.generation))
    if (request?.state !== 'out') {
      if (request?.state === 'streaming') this.onStreamFrame(request, bytes, at, end)
      else this.stale++
      return
    }
    const flags = bytes[at + Offset.flags]!
    switch (bytes[at + Offset.type]) {
      case FrameType.reply:
        if ((flags & Flag.chunked) !== 0) this.beginBody(request, bytes, at, end)
        else if (request.answers === undefined)
          this.endings.succeed(request, viewedBytes(bytes, bodyStart(bytes, at), end))
        else this.member(request, this.nameOf(bytes, at), flags, viewedBytes(bytes, bodyStart(bytes, at), end))
        break
      case FrameType.replyChunk:
        this.addToBody(request, bytes, at, end)
        break
      default:
        this.onFailed(request, bytes, at, end)
    }
  }

  /** Ends a request that failed, or arranges for its next try. */
  failed(request: PendingRequest, status: number, text: string, version = 0, server?: string): void {
    const { endings, sending } = this
    noteTry(request, status)
    if (request.isCancelled) {
      endings.fail(request, cancelledError(request.signal, status >= firstMaybeDelivered))
      return
    }
    if (status === Status.moved) {
      sending.holdAgain(request, version)
      return
    }
    const isOverdue = status === Status.overdue || status === Status.overdueRunning
    if (isOverdue && request.answers === undefined && endings.isAtDeadline(request)) {
      sending.keepUntilDeadline(request)
      return
    }
    const isEarly = endings.isBeforeDeadline(request)
    if (waitsFor(request, status) || (status === Status.overdue && isEarly)) {
      if (isKeyed(request.partition)) sending.holdAgain(request, 0)
      else if (!sending.tryAgain(request)) endings.fail(request, errorOf(status, '', aboutOf(request, server)))
      return
    }
    if (status === Status.overdueRunning && isEarly && request.answers === undefined) {
      if ((request.flags & Flag.idempotent) === 0 || !sending.tryAgain(request)) sending.keepUntilDeadline(request)
      return
    }
    if (this.mayTryAgain(request, status) && sending.tryAgain(request)) return
    endings.fail(request, errorOf(status, text, aboutOf(request, server)))
  }

  private mayTryAgain(request: PendingRequest, status: number): boolean {
    if (request.answers !== undefined) return false
    const isIdempotent = (request.flags & Flag.idempotent) !== 0
    if (status === Status.linkLost || status === Status.programLost) return isIdempotent
    // An upgrade takes longer than anybody tries.
    if (status === Status.oldVersion) return false
    // Random mode promises no order, so another server may take what this one certainly did not.
    return saysNobodyIsThere(status) && (isIdempotent || (request.partition === noPartition && request.attempts < 3))
  }

  private onFailed(request: PendingRequest, bytes: Uint8Array, at: number, end: number): void {
    const { status, text } = failureOf(bytes, at, end)
    const flags = bytes[at + Offset.flags]!
    const isWhole = request.answers?.length === 0 && (flags & Flag.notLast) === 0
    const server = this.nameOf(bytes, at)
    if (request.answers !== undefined && status === Status.moved && this.sending.nodeKnowsMoves)
      this.memberMoved(request, flags, readU48(bytes, at + Offset.tableVersion))
    else if (request.answers === undefined || (isWhole && status === Status.moved)) {
      this.failed(request, status, text, readU48(bytes, at + Offset.tableVersion), server)
    } else if (isWhole && serverOf(bytes, at) < 0) this.failed(request, status, text)
    else this.member(request, server, flags, errorOf(status, text, aboutOf(request, server)))
  }

  private nameOf(bytes: Uint8Array, at: number): string | undefined {
    return this.origin.names.of(readU32(bytes, at + Offset.stamp), serverOf(bytes, at))
  }

  private member(request: PendingRequest, server: string | undefined, flags: number, answer: Uint8Array | Error): void {
    const answers = request.answers!
    answers.push(
      answer instanceof Uint8Array ? { server, ok: true, body: answer } : { server, ok: false, error: answer },
    )
    if ((flags & Flag.notLast) === 0) this.allAnswered(request)
  }

  /** One of the servers has certainly not had it. */
  private memberMoved(request: PendingRequest, flags: number, version: number): void {
    request.movedVersion = Math.max(request.movedVersion, version)
    if ((flags & Flag.notLast) === 0) this.allAnswered(request)
  }

  /** What some have not had goes, in its turn, to the servers that the key has then and that have not had it either. */
  private allAnswered(request: PendingRequest): void {
    const { movedVersion } = request
    const answers = request.answers!
    request.movedVersion = noneMoved
    // Version 0 says that nobody is left to ask.
    const isWhole = movedVersion === noneMoved || (movedVersion === 0 && answers.length > 0)
    if (isWhole) this.endings.succeed(request, answers)
    else if (request.isCancelled) this.endings.fail(request, cancelledError(request.signal, answers.length > 0))
    else {
      if (answers.length > 0) {
        request.flags |= Flag.rest
        request.maybe ??= 'overdue-running'
      }
      this.sending.holdAgain(request, movedVersion)
    }
  }

  private beginBody(request: PendingRequest, bytes: Uint8Array, at: number, end: number): void {
    if (request.stream !== undefined && opensStream(bytes, at)) {
      this.openStream(request)
      return
    }
    const assembly = this.origin.assemblies.begin(wholeBodyBytes(bytes, at))
    if (assembly === undefined) {
      this.sending.sendCancel(request)
      const cause = new Error('this program is putting together as much as it can at a time')
      this.endings.fail(request, new MaybeDeliveredError('answer-dropped', { cause }))
      return
    }
    request.assemblies ??= new Map<number, Assembly>()
    const from = asked(request, bytes, at)
    const before = request.assemblies.get(from)
    if (before !== undefined) this.origin.assemblies.end(before)
    request.assemblies.set(from, assembly)
    this.addToBody(request, bytes, at, end)
  }

  private openStream(request: PendingRequest): void {
    // CANCEL is on its way; that the handler began is known now.
    if (request.isCancelled) {
      this.endings.fail(request, cancelledError(request.signal, true))
      return
    }
    // Whatever becomes of it, it has been delivered (K1).
    request.maybe = 'link-lost'
    this.sending.opened(request)
    request.stream!.opened(request)
  }

  private onStreamFrame(request: PendingRequest, bytes: Uint8Array, at: number, end: number): void {
    if (bytes[at + Offset.type] === FrameType.failed) {
      const { status, text } = failureOf(bytes, at, end)
      this.streamFailed(request, status, text)
      return
    }
    const meaning = request.stream!.onFrame(request, bytes, at, end)
    if (meaning === 'end') this.endings.succeed(request, undefined)
    else if (meaning !== 'more') {
      this.sending.sendCancel(request)
      this.endings.fail(request, notWhole(`the stream was broken off: ${meaning.broken}`))
    }
  }

  /** A stream that has opened ends: its items were taken, and another run would yield others. */
  streamFailed(request: PendingRequest, status: number, text = ''): void {
    const isIdempotent = (request.flags & Flag.idempotent) !== 0
    if (!this.origin.streamRules.opensOnce && isIdempotent && this.sending.tryAgain(request)) return
    this.endings.fail(request, errorOf(status, text, aboutOf(request, undefined)))
  }

  private addToBody(request: PendingRequest, bytes: Uint8Array, at: number, end: number): void {
    const from = asked(request, bytes, at)
    const assembly = request.assemblies?.get(from)
    if (assembly === undefined) {
      this.stale++
      return
    }
    const flags = bytes[at + Offset.flags]!
    const fits = assembly.add(bytes, bodyStart(bytes, at), end)
    const isMore = (flags & Flag.more) !== 0
    if (fits && isMore) {
      // Those of a fan-out do not wait for credit: one frame could not say whose it is.
      const limit = request.answers === undefined ? assembly.nextCredit() : 0
      if (limit > 0) this.sending.sendCredit(request, limit)
      return
    }
    // The rest of it is not wanted; of a fan-out the others are.
    if (isMore && request.answers === undefined) this.sending.sendCancel(request)
    const whole = fits ? assembly.whole : undefined
    this.origin.assemblies.end(assembly)
    request.assemblies!.delete(from)
    const answer = whole ?? notWhole('a part of the reply is missing')
    if (request.answers !== undefined) this.member(request, this.nameOf(bytes, at), flags, answer)
    else if (answer instanceof Uint8Array) this.endings.succeed(request, answer)
    else this.endings.fail(request, answer)
  }
}

/** What a FAILED says. */
function failureOf(bytes: Uint8Array, at: number, end: number): { readonly status: number; readonly text: string } {
  const start = bodyStart(bytes, at)
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + longestTextBytes)))
  return { status: readU32(bytes, at + Offset.status), text }
}

/** Whether the caller would rather wait than hear this. All of it is certainly not delivered. */
function waitsFor(request: PendingRequest, status: number): boolean {
  const isFull = status === Status.queueFull && (request.flags & Flag.waits) !== 0
  return isFull || (request.waitsWhenDown && saysNobodyIsThere(status))
}

/** What failed, and where: the server that a request was addressed to, or the one that answered. */
function aboutOf({ service, isAddressed, key }: PendingRequest, server: string | undefined): CallAbout {
  return { service: service.name, server: isAddressed ? String(key) : server }
}

/** Says nothing of why there is nobody to take it. */
const passing: ReadonlySet<NotDeliveredReason> = new Set(['moved', 'overdue'])

/** What a try has shown: the call's end has to tell it, whatever becomes of later tries. */
function noteTry(request: PendingRequest, status: number): void {
  const meaning = meaningOf(status)
  if (meaning.kind === 'maybe-delivered') request.maybe = meaning.reason
  else if (meaning.kind === 'not-delivered' && !passing.has(meaning.reason)) request.lastReason = meaning.reason
}

/** The server's place in the routing, or -1 where no server answered. */
function serverOf(bytes: Uint8Array, at: number): number {
  const server = readU32(bytes, at + Offset.server)
  return server === 0xffff_ffff ? -1 : server
}

/** Whose reply a piece belongs to: of one server's only, by its place in the routing by which it was asked. */
function asked(request: PendingRequest, bytes: Uint8Array, at: number): number {
  if (request.answers === undefined) return 0
  return readU32(bytes, at + Offset.stamp) * 0x1_0000 + (serverOf(bytes, at) & 0xffff)
}

/** The handler has run, but what it said cannot be had. */
function notWhole(why: string): MaybeDeliveredError {
  return new MaybeDeliveredError('link-lost', { cause: new Error(why) })
}
