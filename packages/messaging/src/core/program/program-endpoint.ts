import type { Link } from '@ring/platform'
import { ChunkSender } from '../frames/chunk-sender.ts'
import { limitOf } from '../frames/credit-frame.ts'
import { writeDetach } from '../frames/detach-frame.ts'
import { Flag, FrameType, headerBytes, headerFault, lengthBytes, Offset, readU32 } from '../frames/frame-header.ts'
import { questionOf, verdictOfWord } from '../frames/gate-frames.ts'
import { Outbox } from '../frames/outbox.ts'
import { RunCopies } from '../frames/run-copies.ts'
import { clear, waits } from '../relay/waiting/verdict.ts'
import { ackPairBytes } from './answering/ack-gathering.ts'
import { Responder } from './answering/responder.ts'
import { Origin, type OriginShell } from './asking/origin.ts'
import type { ProgramRouting } from './program-routing.ts'
import type { StreamRules } from './streaming/stream-rules.ts'

/** What a program's end of a link asks of its shell. */
export interface EndpointShell extends OriginShell {
  /** Call {@link ProgramEndpoint.time} before this returns, and see to it that ticks follow. */
  tellTime(): void
  /** Call {@link ProgramEndpoint.flush} at the end of this turn of the event loop. */
  wake(): void
  /** A ROUTING frame arrived: `[start, end)` of `bytes` is its MessagePack body. */
  onRouting(bytes: Uint8Array, start: number, end: number): void
  /** The node says whether handlers may be started; what waits is started, or refused, when this returns. */
  onWord?(question: number, verdict: number): void
  /** The node broke a rule of the protocol. */
  onViolation(reason: string): void
}

/** Frames from this length on are copied one by one: together they would hold each other. */
const aloneFromBytes = 4 * 1_024

/** A program's end of its link to the node, asking and answering: the same behind a socket and inside a node. */
export class ProgramEndpoint {
  readonly origin: Origin
  readonly responder: Responder
  private readonly outbox: Outbox
  private readonly chunks = new ChunkSender()
  private readonly copies = new RunCopies()
  private readonly shell: EndpointShell
  private hasSaidDetach = false
  /** The node sends no new requests: it stops, or has heard that this program wants none. */
  isDetached = false
  private link: Link | undefined
  private knowsServices = false

  /** @param rules only a simulation takes one out */
  constructor(shell: EndpointShell, nowMs: number, defaultDeadlineMs: number, rules?: StreamRules) {
    this.shell = shell
    this.outbox = new Outbox(() => {
      shell.wake()
    })
    this.origin = new Origin(this.outbox, this.chunks, shell, nowMs, defaultDeadlineMs, rules)
    this.responder = new Responder(this.outbox, this.chunks, shell, nowMs, rules)
  }

  /** @param knowsServices whether the node at the other end does; @param knowsCredit likewise; @param knowsMoves likewise */
  connect(link: Link, knowsServices = false, knowsCredit = false, knowsMoves = false): void {
    this.link = link
    this.knowsServices = knowsServices
    this.isDetached = false
    this.hasSaidDetach = false
    this.outbox.connect(link)
    this.chunks.connect(link, knowsCredit)
    this.responder.connect(link, knowsCredit)
    this.origin.connect(link, knowsServices, knowsCredit, knowsMoves)
  }

  setRouting(routing: ProgramRouting): void {
    this.responder.setRouting(routing)
    this.origin.setRouting(routing)
  }

  /**
   * Frames from the node, whole ones. Their bytes are the program's only until this returns; handlers and callers keep views of
   * them, so they are copied: all that lie between the parts of large bodies at once.
   */
  onFrames(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const from = at
      while (at < end && isSmall(bytes, at)) at = frameEnd(bytes, at)
      if (at === from && !isPart(bytes, at)) at = frameEnd(bytes, at)
      if (at > from) {
        const own = this.copies.copy(bytes, from, at)
        if (!this.takeFrames(own, this.copies.at, this.copies.at + at - from)) return
      } else {
        at = frameEnd(bytes, at)
        if (!this.takeFrames(bytes, from, at)) return
      }
    }
  }

  private takeFrames(bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; ) {
      const next = frameEnd(bytes, at)
      const fault = headerFault(bytes, at, next, this.knowsServices) ?? this.onFrame(bytes, at, next)
      if (fault !== undefined) {
        this.shell.onViolation(fault)
        return false
      }
      at = next
    }
    return true
  }

  flush(): void {
    this.origin.turnIsOver()
    this.responder.flush()
    this.outbox.flush()
    if (!this.chunks.isIdle) this.chunks.pump()
  }

  /** There is room for more chunks; the first frames of new bodies, which may still be here, go before them. */
  onDrain(): void {
    this.flush()
  }

  /** The process stood still for `gapMs`: input until the next tick has already waited that long (M3). */
  resumed(gapMs: number): void {
    this.responder.resumed(gapMs)
  }

  /** Tells the time, in monotonic milliseconds, when something begins between two ticks. */
  time(nowMs: number): void {
    this.origin.time(nowMs)
    this.responder.time(nowMs)
  }

  tick(nowMs: number): void {
    this.origin.tick(nowMs)
    this.responder.tick(nowMs)
  }

  /** Tells the node, once, that no new requests are wanted, and that none follow. */
  detach(): void {
    if (this.hasSaidDetach) return
    this.hasSaidDetach = true
    // After what is still here.
    this.flush()
    if (this.link !== undefined) writeDetach(this.link)
  }

  linkLost(): void {
    this.link = undefined
    this.outbox.connect(undefined)
    this.chunks.connect(undefined)
    this.responder.linkLost()
    this.origin.linkLost()
  }

  /** Nothing is out, held, running or half there: no deadline to keep. */
  get isIdle(): boolean {
    return this.origin.pending.used === 0 && this.responder.running === 0
  }

  get isConnected(): boolean {
    return this.link !== undefined
  }

  private onWord(question: number, verdict: number): void {
    this.shell.onWord?.(question, verdict)
    if (verdict === clear) this.responder.release()
    else if (verdict !== waits) this.responder.refuseWaiting(verdict)
  }

  private granted(type: number, bytes: Uint8Array, at: number): void {
    const [slot, generation] = [readU32(bytes, at + Offset.slot), readU32(bytes, at + Offset.generation)]
    if (type === FrameType.chunk) this.chunks.grant(type, slot, generation, limitOf(bytes, at))
    else this.responder.granted(slot, generation, limitOf(bytes, at))
    this.outbox.wakeUp()
  }

  private onFrame(bytes: Uint8Array, at: number, end: number): string | undefined {
    switch (bytes[at + Offset.type]) {
      case FrameType.reply:
      case FrameType.replyChunk:
      case FrameType.failed:
        this.origin.onFrame(bytes, at, end)
        return undefined
      case FrameType.ack:
        for (let pair = at + headerBytes; pair + ackPairBytes <= end; pair += ackPairBytes) {
          this.origin.onAcknowledged(readU32(bytes, pair), readU32(bytes, pair + 4))
        }
        return undefined
      case FrameType.request:
      case FrameType.oneWay:
      case FrameType.chunk:
      case FrameType.cancel:
        return this.responder.onFrame(bytes, at, end) ? undefined : 'a slot beyond the bound'
      case FrameType.credit:
        this.granted(FrameType.chunk, bytes, at)
        return undefined
      case FrameType.replyCredit:
        this.granted(FrameType.replyChunk, bytes, at)
        return undefined
      case FrameType.routing:
        this.shell.onRouting(bytes, at + headerBytes, end)
        return undefined
      case FrameType.word:
        this.onWord(questionOf(bytes, at), verdictOfWord(bytes, at))
        return undefined
      case FrameType.detach:
        this.origin.nodeDetached()
        this.isDetached = true
        this.detach()
        return undefined
      default:
        return 'a frame of unknown type'
    }
  }
}

function frameEnd(bytes: Uint8Array, at: number): number {
  return at + lengthBytes + readU32(bytes, at)
}

/** Neither a part of a large body, nor so long that it would rather have its memory to itself. */
function isSmall(bytes: Uint8Array, at: number): boolean {
  return readU32(bytes, at) < aloneFromBytes && !isPart(bytes, at)
}

/** A part of a large body: it is copied to where that is put together. */
function isPart(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at + Offset.type]
  return type === FrameType.chunk || type === FrameType.replyChunk || (bytes[at + Offset.flags]! & Flag.chunked) !== 0
}
