import type { Address } from '@ring/platform'

/**
 * Where others were seen, beyond the list of the configuration: a lost member is found again by it. The oldest is
 * forgotten first; one that is heard of again counts as new.
 */
export class RememberedAddresses {
  readonly #max: number
  readonly #entries = new Set<Address>()

  /** @param max how many are kept */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#entries.size
  }

  remember(address: Address): void {
    this.#entries.delete(address)
    this.#entries.add(address)
    const [oldest] = this.#entries
    if (this.#entries.size > this.#max && oldest !== undefined) this.#entries.delete(oldest)
  }

  /**
   * At most `count` that are not in `except`, from where the last call ended: everybody's turn comes.
   */
  next(count: number, except: ReadonlySet<Address>): readonly Address[] {
    const chosen: Address[] = []
    for (const address of this.#entries) {
      if (chosen.length >= count) break
      if (except.has(address)) continue
      chosen.push(address)
    }
    // To the end of the line.
    for (const address of chosen) this.remember(address)
    return chosen
  }
}
