import { addressedPartition, isKeyed, Offset, readU32 } from '../../frames/frame-header.ts'
import { namesService, serviceLow } from '../../frames/service-id.ts'
import { Status } from '../../frames/status.ts'

const fencesAtMost = 1_024
/** What was on its way when a call was refused has long arrived by then; and a call may never come again. */
const longestMs = 500
/** After a pause all that waited is read at once, and most of what is refused as overdue never comes again. */
const longestAfterPauseMs = 100

/** More than these wait for the end of the fence. */
const refusedAtMost = 256

interface Fence {
  /** The calls that were refused and have not come again. */
  readonly refused: Set<number>
  /** There were more than that: whoever is not among them may be one of those. */
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
  private readonly atMost: number

  constructor(atMost = fencesAtMost) {
    this.atMost = atMost
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
    const fence = this.fences.get(hash)
    if (fence !== undefined) refuse(fence, requestId)
    else if (this.fences.size < this.atMost) {
      this.fences.set(hash, { refused: new Set([requestId]), isCrowded: false, status, endMs })
    }
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
    for (const other of fence.refused) {
      if (!isBefore(other, requestId)) continue
      refuse(fence, requestId)
      return fence.status
    }
    fence.refused.delete(requestId)
    if (fence.refused.size === 0) this.fences.delete(hash)
    return 0
  }

  expire(nowMs: number): void {
    for (const [hash, { endMs }] of this.fences) if (endMs <= nowMs) this.fences.delete(hash)
  }
}

/** What calls have in common whose order is kept: the key, and the service. */
export function fencedHash(bytes: Uint8Array, at: number): number {
  const keyHash = readU32(bytes, at + Offset.keyHash)
  return namesService(bytes, at) ? (keyHash ^ Math.imul(serviceLow(bytes, at), 0x9e3779b1)) >>> 0 : keyHash
}

function refuse(fence: Fence, requestId: number): void {
  if (fence.refused.size < refusedAtMost) fence.refused.add(requestId)
  else if (!fence.refused.has(requestId)) fence.isCrowded = true
}

/** Numbers of calls begin anew after 2^32. */
function isBefore(one: number, other: number): boolean {
  return ((one - other) | 0) < 0
}
