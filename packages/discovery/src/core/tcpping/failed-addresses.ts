import type { Address } from '@ring/platform'

/** Addresses that led nowhere the last time: asked again in turn, but nobody waits for them. The oldest goes first. */
export class FailedAddresses {
  readonly #max: number
  /** Who waits longest for another try comes first. */
  readonly #entries = new Set<Address>()

  /** @param max how many are kept */
  constructor(max: number) {
    this.#max = max
  }

  has(address: Address): boolean {
    return this.#entries.has(address)
  }

  /** What dialling it came to. */
  tried(address: Address, isReached: boolean): void {
    if (isReached) this.#entries.delete(address)
    else if (!this.#entries.has(address)) this.#add(address)
  }

  /** To the end of the line, if it is in it: a run may end before the dial does. */
  dialled(address: Address): void {
    if (this.#entries.delete(address)) this.#add(address)
  }

  /** Those of them that failed, who waits longest for another try first. */
  inTurn(addresses: readonly Address[]): readonly Address[] {
    const wanted = new Set(addresses)
    return [...this.#entries].filter((address) => wanted.has(address))
  }

  #add(address: Address): void {
    this.#entries.add(address)
    const [oldest] = this.#entries
    if (this.#entries.size > this.#max && oldest !== undefined) this.#entries.delete(oldest)
  }
}
