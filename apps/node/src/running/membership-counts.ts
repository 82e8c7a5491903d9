import type { ViewChange } from '@ring/gms'

/** What happened to the group since the start, as this node saw it. */
export class MembershipCounts {
  readonly #departures = new Map<string, number>()
  #suspicions = 0
  #merges = 0
  #views = 0

  get views(): number {
    return this.#views
  }

  /** Members that fell silent; that one is heard of again does not count. */
  get suspicions(): number {
    return this.#suspicions
  }

  get merges(): number {
    return this.#merges
  }

  /** Members that went, by why. */
  get departures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#departures)
  }

  viewed({ left }: ViewChange): void {
    this.#views += 1
    for (const { why } of left) this.#departures.set(why, (this.#departures.get(why) ?? 0) + 1)
  }

  suspected(isSuspected: boolean): void {
    if (isSuspected) this.#suspicions += 1
  }

  merged(): void {
    this.#merges += 1
  }
}
