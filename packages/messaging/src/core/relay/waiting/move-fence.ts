import type { ClosingPartitions, Routing } from '@ring/placement'
import type { RelayRules } from '../rules.ts'

/**
 * So long after a fence was lifted what it kept together is still being spread again, in milliseconds: where more comes at once than
 * a destination has credit for, it comes back in order instead of failing.
 */
const settlingMs = 5_000

type FenceRules = Pick<RelayRules, 'fenceHolds' | 'fenceAwaitsRecord'>

/**
 * The fence around partitions whose data is being moved (rules D3, D4): while it is up nothing of them is handed to programs. The
 * routing raises, changes and lifts it, and nothing else does: whoever does not hear of the record that ends it keeps waiting.
 */
export class MoveFence {
  private closing: ClosingPartitions | undefined
  private settledMs = Number.NEGATIVE_INFINITY
  private isHeld: boolean
  private readonly rules: FenceRules

  constructor(rules: FenceRules) {
    this.rules = rules
    this.isHeld = rules.fenceHolds
  }

  /** True when it was raised, or raised anew: for another version, or around other partitions. */
  follow({ closing }: Routing, nowMs: number): boolean {
    const before = this.closing
    this.closing = closing
    this.isHeld = this.rules.fenceHolds
    if (before !== undefined) this.settledMs = nowMs + settlingMs
    if (closing === undefined) return false
    return before?.version !== closing.version || !sameBytes(before.partitions, closing.partitions)
  }

  /** What is closing now, if anything is. */
  get up(): ClosingPartitions | undefined {
    return this.closing
  }

  /** Whether what is asked of this partition waits. */
  holds(partition: number): boolean {
    const { closing } = this
    return closing !== undefined && closing.partitions[partition] === 1 && this.isHeld
  }

  /** Everything of it has ended. True where that lifts it: in a simulation. */
  drained(): boolean {
    if (this.rules.fenceAwaitsRecord) return false
    this.isHeld = false
    return true
  }

  /** Whether it is up, or was until lately. */
  isFelt(nowMs: number): boolean {
    return this.closing !== undefined || nowMs < this.settledMs
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place])
}
