import { noPartition, Offset, readU32 } from './frame-header.ts'
import { Status } from './status.ts'

const fencesAtMost = 1_024
/** What was on its way when a call was refused has long arrived by then; and a call may never come again. */
const longestMs = 500
/** After a pause all that waited is read at once, and most of what is refused as overdue never comes again. */
const longestAfterPauseMs = 100

interface Fence {
  /** The call that was refused: it has to come first. */
  readonly requestId: number
  readonly status: number
  readonly endMs: number
}

/**
 * Keeps the order of calls that wait when there is nobody to take them, or are refused after a pause (K2). When one is refused, later ones of its key may be
 * on their way already, and what was missing may be there when they arrive: so they are refused too, until that one has
 * come again. By key hash, for one link; what another program of the link's other end asks for the same key waits with them.
 */
export class OrderFences {
  private readonly fences = new Map<number, Fence>()

  get isEmpty(): boolean {
    return this.fences.size === 0
  }

  /** A call that will come again was refused. */
  raise(keyHash: number, requestId: number, status: number, nowMs: number): void {
    this.set(keyHash, { requestId, status, endMs: nowMs + longestMs })
  }

  /**
   * A call was refused as overdue by one that stood still and cannot know: it may have come late in the pause. Then its origin
   * sends it again, and later ones with longer deadlines must not have gone before it.
   */
  raiseAfterPause(bytes: Uint8Array, at: number, nowMs: number): void {
    if (readU32(bytes, at + Offset.partition) === noPartition) return
    const requestId = readU32(bytes, at + Offset.requestId)
    const endMs = nowMs + longestAfterPauseMs
    // "Moved" is held and sent in order by each origin, whatever it asked for.
    this.set(readU32(bytes, at + Offset.keyHash), { requestId, status: Status.moved, endMs })
  }

  private set(keyHash: number, fence: Fence): void {
    if (!this.fences.has(keyHash) && this.fences.size < fencesAtMost) this.fences.set(keyHash, fence)
  }

  /** The status with which this call is to be refused, or 0 when nothing goes before it. */
  refusal(keyHash: number, requestId: number): number {
    const fence = this.fences.get(keyHash)
    if (fence === undefined) return 0
    if (fence.requestId !== requestId) return fence.status
    this.fences.delete(keyHash)
    return 0
  }

  expire(nowMs: number): void {
    for (const [keyHash, { endMs }] of this.fences) if (endMs <= nowMs) this.fences.delete(keyHash)
  }
}
