import type { Address } from '@ring/platform'

/** Dials of one run that may be open at once: a list from outside is no order to flood a network. */
const atOnceMax = 64
/** Of these for addresses that failed before: they are silent for long, and leave room for others. */
const doubtfulAtOnceMax = 32

/** Whose turn it is to be dialled in a run. */
export class DialQueue {
  readonly #fresh: Address[] = []
  readonly #doubtful: Address[] = []
  readonly #doubtfulOpen = new Set<Address>()
  /** Dials that are open, by address: a second one may follow before the first has ended. */
  readonly #open = new Map<Address, number>()
  readonly #begun = new Set<Address>()
  #openCount = 0

  /** Puts addresses at the end of the line; the doubtful stand in one of their own, behind. */
  add(addresses: readonly Address[], isDoubtful: boolean): void {
    for (const address of addresses) (isDoubtful ? this.#doubtful : this.#fresh).push(address)
  }

  /** Whether it had its turn. */
  hasBegun(address: Address): boolean {
    return this.#begun.has(address)
  }

  /** Those to dial now; each counts as open until `ended`. */
  next(): readonly Address[] {
    const chosen: Address[] = []
    while (this.#openCount < atOnceMax) {
      const address = this.#fresh.shift() ?? this.#nextDoubtful()
      if (address === undefined) break
      this.#open.set(address, (this.#open.get(address) ?? 0) + 1)
      this.#openCount += 1
      this.#begun.add(address)
      chosen.push(address)
    }
    return chosen
  }

  ended(address: Address): void {
    const count = this.#open.get(address)
    if (count === undefined) return
    this.#openCount -= 1
    this.#doubtfulOpen.delete(address)
    if (count > 1) this.#open.set(address, count - 1)
    else this.#open.delete(address)
  }

  #nextDoubtful(): Address | undefined {
    if (this.#doubtfulOpen.size >= doubtfulAtOnceMax) return undefined
    const address = this.#doubtful.shift()
    if (address !== undefined) this.#doubtfulOpen.add(address)
    return address
  }
}
