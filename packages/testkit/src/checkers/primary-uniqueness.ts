import { InvariantViolation } from './invariant-violation.ts'

/** The view under which somebody says that it is primary. */
export interface PrimaryClaim {
  readonly lineage: string
  readonly version: number
}

interface Claimants {
  readonly claim: PrimaryClaim
  readonly observers: Set<string>
}

export interface PrimaryUniquenessOptions {
  /**
   * For how long two successive versions of one lineage may both have somebody who says primary: a view does not reach all
   * at one moment. Default 0: not at all. Anything else that overlaps is a violation at once.
   */
  readonly handOverMs?: number
}

/** At most one view is primary at a time, in the time of the world. */
export class PrimaryUniqueness {
  readonly #handOverMs: number
  readonly #claims = new Map<string, Claimants>()
  readonly #claimOf = new Map<string, string>()
  #overlapSinceMs: number | undefined

  constructor(options: PrimaryUniquenessOptions = {}) {
    this.#handOverMs = options.handOverMs ?? 0
  }

  /** From now on this process says that it is primary under a view, or with `undefined` that it is not (or is gone). */
  observe(nowMs: number, observer: string, claim: PrimaryClaim | undefined): void {
    this.check(nowMs)
    const id = claim && `${claim.lineage}/${claim.version}`
    const before = this.#claimOf.get(observer)
    if (before === id) return
    if (before !== undefined) this.#withdraw(before, observer)
    if (claim !== undefined && id !== undefined) this.#add(id, claim, observer)
    if (this.#claims.size < 2) this.#overlapSinceMs = undefined
    else this.#overlapSinceMs ??= nowMs
    this.check(nowMs)
  }

  /** To be called at the end, too: an overlap may outlast the last observation. */
  check(nowMs: number): void {
    if (this.#overlapSinceMs === undefined) return
    const isHandOver = this.#handOverMs > 0 && isSuccession([...this.#claims.values()].map(({ claim }) => claim))
    if (isHandOver && nowMs - this.#overlapSinceMs <= this.#handOverMs) return
    const said = [...this.#claims].map(([id, { observers }]) => `${id} at ${[...observers].join(', ')}`)
    throw new InvariantViolation(
      'one primary',
      `${said.join(' and ')} are primary at one time, ${nowMs.toFixed(3)} ms, since ${this.#overlapSinceMs.toFixed(3)} ms`,
    )
  }

  #add(id: string, claim: PrimaryClaim, observer: string): void {
    this.#claimOf.set(observer, id)
    const known = this.#claims.get(id)
    if (known === undefined) this.#claims.set(id, { claim, observers: new Set([observer]) })
    else known.observers.add(observer)
  }

  #withdraw(id: string, observer: string): void {
    this.#claimOf.delete(observer)
    const known = this.#claims.get(id)
    known?.observers.delete(observer)
    if (known?.observers.size === 0) this.#claims.delete(id)
  }
}

/** Whether these are two versions of one lineage, one right after the other. */
function isSuccession(claims: readonly PrimaryClaim[]): boolean {
  const [one, other, ...more] = claims
  if (one === undefined || other === undefined || more.length > 0) return false
  return one.lineage === other.lineage && Math.abs(one.version - other.version) === 1
}
