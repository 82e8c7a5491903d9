import type { NodeName } from '@ring/platform'

/** Who can reach whom: one-way cuts, firewalls that refuse, and partitions into groups that hear only their own. */
export class Connectivity {
  readonly #cuts = new Set<string>()
  readonly #refusals = new Set<string>()
  #groupOf: Map<NodeName, number> | undefined

  /** Whether what `from` sends can get to `to` now. A node always reaches itself. */
  reaches(from: NodeName, to: NodeName): boolean {
    if (from === to) return true
    if (this.#cuts.has(way(from, to)) || this.refuses(from, to)) return false
    if (this.#groupOf === undefined) return true
    return (this.#groupOf.get(from) ?? -1) === (this.#groupOf.get(to) ?? -1)
  }

  /** Cuts one direction. */
  cut(from: NodeName, to: NodeName): void {
    this.#cuts.add(way(from, to))
  }

  mend(from: NodeName, to: NodeName): void {
    this.#cuts.delete(way(from, to))
  }

  /** A firewall answers "refused" for `to` whenever `from` dials or sends, though the process there lives. */
  refuse(from: NodeName, to: NodeName): void {
    this.#refusals.add(way(from, to))
  }

  /** The firewall lets `from` through to `to` again. */
  admit(from: NodeName, to: NodeName): void {
    this.#refusals.delete(way(from, to))
  }

  refuses(from: NodeName, to: NodeName): boolean {
    return this.#refusals.has(way(from, to))
  }

  /** Splits the nodes into groups; those that are not named form one more. Replaces an earlier partition. */
  partition(groups: readonly (readonly NodeName[])[]): void {
    this.#groupOf = new Map(groups.flatMap((names, group) => names.map((name) => [name, group] as const)))
  }

  /** Ends all cuts, refusals and the partition. */
  heal(): void {
    this.#cuts.clear()
    this.#refusals.clear()
    this.#groupOf = undefined
  }
}

function way(from: NodeName, to: NodeName): string {
  return `${from}>${to}`
}
