import { addressedPartition, isKeyed, Offset, readU32 } from '../../frames/frame-header.ts'
import { namesService, serviceLow } from '../../frames/service-id.ts'
import { Status } from '../../frames/status.ts'
import { RefusedCalls } from './refused-calls.ts'

/** What is kept of one link. */
export interface FenceBounds {
  readonly fences: number
  /** Calls that were refused and have not come again, of one fence and of all. */
  readonly refused: number
  readonly refusedInAll: number
}

const usualBounds: FenceBounds = { fences: 1_024, refused: 256, refusedInAll: 256 * 1_024 }
/** What was on its way when a call was refused has long arrived by then; and a call may never come again. */
const longestMs = 500
/** After a pause all that waited is read at once, and most of what is refused as overdue never comes again. */
const longestAfterPauseMs = 100

interface Fence {
  readonly refused: RefusedCalls
  /** There were more than are kept: whoever is not among them may be one of those. */
  isCrowded: boolean
  readonly status: number
  readonly endMs: number
}

/**
 * Keeps the order of calls that wait when there is nobody to take them, or are refused after a pause (K2). When one is
 * refused, later ones of its key may be on their way already, and what was missing may be there when they arrive: so they are
 * refused too, until that one has come again. Earlier ones of its key, which somebody else had refused, may come as well:
 * before it. By key hash and service, for one link, on which several programs may ask: of the calls of two of them nobody
 * knows which came first, so one passes only when every refused one has a higher number. What is asked of another service
 * does not wait.
 */
export class OrderFences {
  private readonly fences = new Map<number, Fence>()
  private readonly bounds: FenceBounds
  private refusedInAll = 0

  constructor(bounds = usualBounds) {
    this.bounds = bounds
  }

  get isEmpty(): boolean {
    return this.fences.size === 0
  }

  /** A call that will come again was refused. */
  raise(hash: number, requestId: number, status: number, nowMs: number): void {
    this.set(hash, requestId, status, nowMs + longestMs)
  }

  /**
   * A call was refused as overdue by one that stood still and cannot know: it may have come late in the pause. Then its origin
   * sends it again, and later ones with longer deadlines must not have gone before it.
   */
  raiseAfterPause(bytes: Uint8Array, at: number, nowMs: number): void {
    if (!isKeyed(readU32(bytes, at + Offset.partition))) return
    const requestId = readU32(bytes, at + Offset.requestId)
    const endMs = nowMs + longestAfterPauseMs
    // "Moved" is held and sent in order by each origin, whatever it asked for.
    this.set(fencedHash(bytes, at), requestId, Status.moved, endMs)
  }

  private set(hash: number, requestId: number, status: number, endMs: number): void {
    let fence = this.fences.get(hash)
    if (fence === undefined) {
      if (this.fences.size >= this.bounds.fences) return
      fence = { refused: new RefusedCalls(), isCrowded: false, status, endMs }
      this.fences.set(hash, fence)
    }
    this.refuse(fence, requestId)
  }

  private refuse(fence: Fence, requestId: number): void {
    const { refused, refusedInAll } = this.bounds
    if (fence.refused.size >= refused || this.refusedInAll >= refusedInAll) {
      if (!fence.refused.has(requestId)) fence.isCrowded = true
    } else if (fence.refused.add(requestId)) this.refusedInAll++
  }

  /** The status with which the call at `at` is to be refused, or 0 when nothing goes before it. */
  refusalOf(bytes: Uint8Array, at: number): number {
    // What is addressed has no key, and no order.
    if (readU32(bytes, at + Offset.partition) === addressedPartition) return 0
    return this.refusal(fencedHash(bytes, at), readU32(bytes, at + Offset.requestId))
  }

  refusal(hash: number, requestId: number): number {
    const fence = this.fences.get(hash)
    if (fence === undefined) return 0
    if (fence.isCrowded && !fence.refused.has(requestId)) return fence.status
    if (fence.refused.hasBefore(requestId)) {
      this.refuse(fence, requestId)
      return fence.status
    }
    if (fence.refused.delete(requestId)) this.refusedInAll--
    if (fence.refused.size === 0) this.fences.delete(hash)
    return 0
  }

  expire(nowMs: number): void {
    for (const [hash, { endMs, refused }] of this.fences) {
      if (endMs > nowMs) continue
      this.fences.delete(hash)
      this.refusedInAll -= refused.size
    }
  }
}

/** What calls have in common whose order is kept: the key, and the service. */
export function fencedHash(bytes: Uint8Array, at: number): number {
  const keyHash = readU32(bytes, at + Offset.keyHash)
  return namesService(bytes, at) ? (keyHash ^ Math.imul(serviceLow(bytes, at), 0x9e3779b1)) >>> 0 : keyHash
}
