import { InvariantViolation } from './invariant-violation.ts'

/** How a process stands to its group. */
export interface Standing {
  readonly isPrimary: boolean
  /** Whether it was asked to act in a primary view only. */
  readonly needsPrimary: boolean
}

/** Nobody acts outside a primary view who was asked not to. */
export class ActingMembers {
  readonly #standings = new Map<string, Standing>()

  /** How a process stands from now on. */
  stands(observer: string, standing: Standing): void {
    this.#standings.set(observer, standing)
  }

  /** The process is gone, and its next life begins without a standing. */
  ended(observer: string): void {
    this.#standings.delete(observer)
  }

  /** A process does something: serves a request, writes, hands out a lock. Without a known standing it must not. */
  acts(nowMs: number, observer: string, what: string): void {
    const standing = this.#standings.get(observer)
    if (standing !== undefined && (standing.isPrimary || !standing.needsPrimary)) return
    const place = standing === undefined ? 'in no view' : 'outside a primary view'
    throw new InvariantViolation('acting members', `${observer} does "${what}" ${place}, at ${nowMs.toFixed(3)} ms`)
  }
}
