import { viewedBytes } from '../../frames/copied-bytes.ts'
import {
  addressedPartition,
  bodyStart,
  Flag,
  FrameType,
  keyStart,
  Offset,
  readU32,
  readU48,
  traceStart,
} from '../../frames/frame-header.ts'
import { decodeTrace } from '../../frames/trace-context.ts'

/** A request as a handler sees it. Key and body are views of the bytes that arrived; they may be kept. */
export class IncomingRequest {
  /** True for a one-way message: what the handler returns is not sent, but its end is acknowledged. */
  readonly oneWay: boolean
  /** The sender says that running it twice does no harm; it may be a second try. */
  readonly idempotent: boolean
  /**
   * The epoch and version of the routing under which the node accepted it, a large one with its first frame: compare them
   * to refuse older work (K4).
   */
  readonly epoch: number
  readonly version: number
  /** When it is overdue, in this program's time, unless its answer is a stream that has begun; 0 for never. */
  readonly expiryMs: number
  readonly slot: number
  readonly generation: number
  /** It has been answered; what the handler still says is not wanted. */
  isOver = false
  private readonly frame: Uint8Array
  private readonly at: number
  private readonly end: number
  private readonly wholeBody: Uint8Array | undefined
  private controller: AbortController | undefined

  constructor(
    frame: Uint8Array,
    at: number,
    end: number,
    given: { readonly epoch: number; readonly version: number; readonly expiryMs: number },
    wholeBody: Uint8Array | undefined,
  ) {
    this.frame = frame
    this.at = at
    this.end = end
    this.wholeBody = wholeBody
    this.oneWay = frame[at + Offset.type] === FrameType.oneWay
    this.idempotent = (frame[at + Offset.flags]! & Flag.idempotent) !== 0
    this.epoch = given.epoch
    this.version = given.version
    this.expiryMs = given.expiryMs
    this.slot = readU32(frame, at + Offset.slot)
    this.generation = readU32(frame, at + Offset.generation)
  }

  /** Empty where the request was addressed to this server. */
  get key(): Uint8Array {
    const end = bodyStart(this.frame, this.at)
    return viewedBytes(this.frame, this.isAddressed ? end : keyStart(this.frame, this.at), end)
  }

  /** It was sent to this server by its name, whatever keys it owns. */
  get isAddressed(): boolean {
    return this.partition === addressedPartition
  }

  /** Its sender takes a stream, item by item; to others a stream comes as one reply. */
  get takesStream(): boolean {
    return (this.frame[this.at + Offset.flags]! & Flag.stream) !== 0 && !this.oneWay
  }

  get body(): Uint8Array {
    return this.wholeBody ?? viewedBytes(this.frame, bodyStart(this.frame, this.at), this.end)
  }

  /** The partition of its key; 0xffffffff in random mode, 0xfffffffe where it has none since it was addressed. */
  get partition(): number {
    return readU32(this.frame, this.at + Offset.partition)
  }

  /** The version at which that partition had last changed when it was accepted. */
  get stamp(): number {
    return readU48(this.frame, this.at + Offset.tableVersion)
  }

  /** The W3C `traceparent` that the sender gave. */
  get trace(): string | undefined {
    const hasTrace = (this.frame[this.at + Offset.flags]! & Flag.trace) !== 0
    return hasTrace ? decodeTrace(this.frame, traceStart(this.frame, this.at)) : undefined
  }

  /** Aborted when nobody waits for the answer any more: cancelled, overdue, or the link has ended. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.isOver) this.controller.abort()
    }
    return this.controller.signal
  }

  /** The responder's word that the request is over before its handler was. */
  abandon(): void {
    this.isOver = true
    this.controller?.abort()
  }
}
