import type { PendingRequest } from './pending-request.ts'

/** One key of which a large body is out. */
interface KeyHold {
  /** It has not been answered. */
  isOut: boolean
  /** Called meanwhile, for the same key. */
  readonly waiting: Set<PendingRequest>
}

/**
 * What waits for a large body of the same key, for one service: small frames go between its chunks, and one of its own key would
 * reach the handler first (K2). By key hash. No more than are out.
 */
export class KeyHolds {
  private readonly holds = new Map<number, KeyHold>()

  get isEmpty(): boolean {
    return this.holds.size === 0
  }

  /** A large body of this key was sent. */
  open(keyHash: number): void {
    const hold = this.holds.get(keyHash)
    if (hold === undefined) this.holds.set(keyHash, { isOut: true, waiting: new Set() })
    else hold.isOut = true
  }

  /** Where a call of this key has to wait. */
  find(keyHash: number): Set<PendingRequest> | undefined {
    return this.holds.get(keyHash)?.waiting
  }

  /** The large body of this key is not out any more. */
  ended(keyHash: number): void {
    const hold = this.holds.get(keyHash)
    if (hold === undefined) return
    hold.isOut = false
    if (hold.waiting.size === 0) this.holds.delete(keyHash)
  }

  /** Keys of which nothing is out any more, and whose calls still wait: for a link. */
  over(): number[] {
    return [...this.holds].filter(([, { isOut }]) => !isOut).map(([keyHash]) => keyHash)
  }

  /** Ends the hold of this key, unless its large body is out: what waited, in the order of the calls. */
  release(keyHash: number): readonly PendingRequest[] {
    const hold = this.holds.get(keyHash)
    if (hold === undefined || hold.isOut) return []
    this.holds.delete(keyHash)
    return [...hold.waiting].sort((one, other) => one.sequence - other.sequence)
  }
}
