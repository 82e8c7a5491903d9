import type { Assembly, AssemblyBudget } from '../../frames/assembly.ts'
import { viewedBytes } from '../../frames/copied-bytes.ts'
import { firstStreamWindowBytes, limitBeyond } from '../../frames/credit-frame.ts'
import { bodyStart, Flag, FrameType, Offset, wholeBodyBytes } from '../../frames/frame-header.ts'
import type { StreamFrame } from '../../frames/stream-frames.ts'
import type { FailureTurn } from '../asking/failure-turn.ts'
import type { Answer, PendingRequest, RequestedStream } from '../asking/pending-request.ts'
import { type Consumption, ItemQueue } from './item-queue.ts'
import type { StreamWindows } from './stream-windows.ts'

/** The origin, as far as a stream that it asked for needs it. */
export interface StreamOrigin {
  readonly assemblies: AssemblyBudget
  readonly failures: FailureTurn
  readonly windows: StreamWindows
  /** When a wait that begins now has taken so long. */
  endOf(deadlineMs: number): number
  sendCredit(request: PendingRequest, limit: number): void
  /** Its consumer wants no more. */
  abandon(request: PendingRequest): void
}

/** The only one of its request's assemblies. */
const itemAssembly = 0

/** A stream as it comes in: puts items together, grants credit as they are taken, and counts each wait for one. */
export class StreamIntake implements Consumption, RequestedStream {
  readonly queue: ItemQueue
  private readonly origin: StreamOrigin
  private readonly deadlineMs: number
  private request: PendingRequest | undefined
  /** Of its frames: what has come, how much of that nobody has taken, and how much is of an item that is not whole. */
  private received = 0
  private untaken = 0
  private partial = 0
  private granted = firstStreamWindowBytes
  private hasItem = false

  constructor(origin: StreamOrigin, deadlineMs: number) {
    this.origin = origin
    this.deadlineMs = deadlineMs
    this.queue = new ItemQueue(this, origin.failures)
  }

  /** What it costs its program now, in bytes of frames. */
  get heldBytes(): number {
    return this.untaken + this.partial
  }

  begun(request: PendingRequest): void {
    this.request = request
    this.origin.windows.begun()
  }

  /** Its first frame: what comes may now be more than that takes. */
  opened(request: PendingRequest): void {
    this.giveCredit(request)
  }

  /** Its request has ended, in whatever way. */
  ended(): void {
    this.origin.windows.ended()
  }

  /** All of the answer has come: one reply, or the end of the stream. */
  answered(answer: Answer): void {
    if (answer instanceof Uint8Array) this.queue.put(answer, 0)
    this.queue.end()
  }

  drop(): void {
    this.queue.drop()
  }

  failed(error: Error): void {
    this.queue.fail(error)
  }

  /** A frame of the stream after its first. */
  onFrame(request: PendingRequest, bytes: Uint8Array, at: number, end: number): StreamFrame {
    const flags = bytes[at + Offset.flags]!
    const assembly = request.assemblies?.get(itemAssembly)
    if (bytes[at + Offset.type] !== FrameType.replyChunk) return broken('it opened twice')
    if ((flags & Flag.more) === 0) {
      return assembly === undefined && bodyStart(bytes, at) === end ? 'end' : broken('its end came amid an item')
    }
    if (this.received >= this.granted) return broken('more of it came than there was credit for')
    this.received += end - at
    this.partial += end - at
    if ((flags & Flag.chunked) === 0) return this.onPiece(request, assembly, bytes, at, end)
    if (assembly !== undefined) return broken('an item began amid another')
    const begun = this.origin.assemblies.begin(wholeBodyBytes(bytes, at))
    if (begun === undefined) return broken('an item is larger than this program can put together now')
    request.assemblies ??= new Map()
    request.assemblies.set(itemAssembly, begun)
    return this.onPiece(request, begun, bytes, at, end)
  }

  onTaken(cost: number): void {
    this.untaken -= cost
    const request = this.ofNow
    if (request?.state === 'streaming') this.giveCredit(request)
  }

  onWaiting(): void {
    const request = this.ofNow
    // The wait for the first item began with the call.
    if (request?.state !== 'streaming' || !this.hasItem) return
    request.expiryMs = this.deadlineMs === 0 ? 0 : this.origin.endOf(this.deadlineMs)
  }

  onReturned(): void {
    const request = this.ofNow
    if (request !== undefined) this.origin.abandon(request)
  }

  private onPiece(
    request: PendingRequest,
    assembly: Assembly | undefined,
    bytes: Uint8Array,
    at: number,
    end: number,
  ): StreamFrame {
    const start = bodyStart(bytes, at)
    if (assembly === undefined) this.onItem(request, aloneBytes(bytes, start, end))
    else {
      if (!assembly.add(bytes, start, end)) return broken('an item is longer than it said')
      const { whole } = assembly
      if (whole !== undefined) {
        this.origin.assemblies.end(assembly)
        request.assemblies!.delete(itemAssembly)
        this.onItem(request, whole)
      }
    }
    this.giveCredit(request)
    return 'more'
  }

  private onItem(request: PendingRequest, item: Uint8Array): void {
    const cost = this.partial
    this.partial = 0
    this.untaken += cost
    this.hasItem = true
    // No clock runs while items wait for their consumer.
    request.expiryMs = 0
    this.queue.put(item, cost)
  }

  /** As far as its consumer took, or one item that it would take next needs to become whole. */
  private giveCredit(request: PendingRequest): void {
    const consumed = this.received - this.untaken - (this.queue.isEmpty ? 0 : this.partial)
    const window = this.origin.windows.bytes
    if (this.granted - consumed > window / 2) return
    this.granted = limitBeyond(consumed, window)
    this.origin.sendCredit(request, this.granted)
  }

  /** Its record, which is another call's once it has ended. */
  private get ofNow(): PendingRequest | undefined {
    return this.request?.stream === this ? this.request : undefined
  }
}

/** A copy that holds on to nothing but itself: an item may wait for long, and many small ones may. */
function aloneBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  copy.set(viewedBytes(bytes, start, end))
  return copy
}

function broken(why: string): StreamFrame {
  return { broken: why }
}
