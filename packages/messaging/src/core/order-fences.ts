const fencesAtMost = 1_024
/** What was on its way when a call was refused has long arrived by then; and a call may never come again. */
const longestMs = 500

interface Fence {
  /** The call that was refused: it has to come first. */
  readonly requestId: number
  readonly status: number
  readonly endMs: number
}

/**
 * Keeps the order of calls that wait when there is nobody to take them (K2). When one is refused, later ones of its key may be
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
    if (this.fences.has(keyHash) || this.fences.size >= fencesAtMost) return
    this.fences.set(keyHash, { requestId, status, endMs: nowMs + longestMs })
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
