import type { Address } from '@ring/platform'

interface Remembered {
  /** Did not lead anywhere the last time: asked again, but nobody waits for it. */
  isDoubtful: boolean
}

/**
 * Where others were seen, beyond the list of the configuration: a lost member is found again by it. The oldest is
 * forgotten first; one that is heard of again counts as new.
 */
export class RememberedAddresses {
  readonly #max: number
  readonly #entries = new Map<Address, Remembered>()

  /** @param max how many are kept */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#entries.size
  }

  remember(address: Address): void {
    const before = this.#entries.get(address)
    this.#entries.delete(address)
    this.#entries.set(address, before ?? { isDoubtful: false })
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#max && oldest !== undefined) this.#entries.delete(oldest)
  }

  /** What dialling it came to. */
  tried(address: Address, isReached: boolean): void {
    const entry = this.#entries.get(address)
    if (entry) entry.isDoubtful = !isReached
  }

  isDoubtful(address: Address): boolean {
    return this.#entries.get(address)?.isDoubtful ?? false
  }

  /**
   * At most `count` that are not in `except`, from where the last call ended: everybody's turn comes.
   */
  next(count: number, except: ReadonlySet<Address>): readonly Address[] {
    const chosen: Address[] = []
    for (const address of [...this.#entries.keys()]) {
      if (chosen.length >= count) break
      if (except.has(address)) continue
      chosen.push(address)
    }
    // To the end of the line.
    for (const address of chosen) this.remember(address)
    return chosen
  }
}
