import { InvariantViolation } from './invariant-violation.ts'

/** On whom a lease stands. */
export interface HeldLease {
  /** Whose grants count. */
  readonly voters: readonly string[]
  /** How many of them it takes. */
  readonly quorum: number
}

/**
 * Nobody holds a lease longer than a quorum of its voters keep to their word. Told in the time of the world when each
 * voter grants and when, by its own clock, it is free again, so that clocks that drift are part of the test.
 */
export class LeaseTerms {
  readonly #grants = new Map<string, Set<string>>()
  readonly #held = new Map<string, HeldLease>()
  /** Holders without a quorum, and since when. What happens at one moment has no order, so they have until the next. */
  readonly #bareSinceMs = new Map<string, number>()

  /** A voter gives its word to a holder (again). */
  granted(nowMs: number, voter: string, holder: string): void {
    this.check(nowMs)
    const voters = this.#grants.get(holder) ?? new Set<string>()
    this.#grants.set(holder, voters.add(voter))
    this.#judge(nowMs, holder)
  }

  /** The voter is free: its term is over by its own clock, or the lease was given back, or it forgot. */
  released(nowMs: number, voter: string, holder: string): void {
    this.check(nowMs)
    this.#grants.get(holder)?.delete(voter)
    this.#judge(nowMs, holder)
  }

  /** A process acts as the holder of a lease from now on. */
  holds(nowMs: number, holder: string, lease: HeldLease): void {
    this.check(nowMs)
    this.#held.set(holder, lease)
    this.#judge(nowMs, holder)
  }

  /** It does not any more: by its own clock, or because it is gone. */
  drops(nowMs: number, holder: string): void {
    this.check(nowMs)
    this.#held.delete(holder)
    this.#bareSinceMs.delete(holder)
  }

  /** To be called at the end, too. */
  check(nowMs: number): void {
    for (const [holder, sinceMs] of this.#bareSinceMs) {
      if (nowMs <= sinceMs) continue
      const { voters, quorum } = this.#held.get(holder)!
      throw new InvariantViolation(
        'lease terms',
        `${holder} holds a lease after ${sinceMs.toFixed(3)} ms, when only ${this.#standing(holder).length} of ${voters.join(', ')} kept to it: it takes ${quorum}`,
      )
    }
  }

  #judge(nowMs: number, holder: string): void {
    const lease = this.#held.get(holder)
    if (lease === undefined || this.#standing(holder).length >= lease.quorum) this.#bareSinceMs.delete(holder)
    else if (!this.#bareSinceMs.has(holder)) this.#bareSinceMs.set(holder, nowMs)
  }

  #standing(holder: string): readonly string[] {
    const granted = this.#grants.get(holder)
    return this.#held.get(holder)?.voters.filter((voter) => granted?.has(voter)) ?? []
  }
}
