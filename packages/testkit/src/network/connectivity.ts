import type { NodeName } from '@ring/platform'

/** Which way a machine is cut off: it hears nothing (`in`), nobody hears it (`out`), or both. */
export type Isolation = 'both' | 'in' | 'out'

/** Directions between two nodes. A look-up makes no string and, while there are none, costs one comparison. */
class Ways {
  readonly #to = new Map<NodeName, Set<NodeName>>()

  has(from: NodeName, to: NodeName): boolean {
    return this.#to.size > 0 && this.#to.get(from)?.has(to) === true
  }

  add(from: NodeName, to: NodeName): void {
    const known = this.#to.get(from)
    if (known === undefined) this.#to.set(from, new Set([to]))
    else known.add(to)
  }

  delete(from: NodeName, to: NodeName): void {
    const known = this.#to.get(from)
    known?.delete(to)
    if (known?.size === 0) this.#to.delete(from)
  }

  clear(): void {
    this.#to.clear()
  }
}

/** Who can reach whom: one-way cuts, firewalls that refuse, lone machines, and partitions into groups that hear only their own. */
export class Connectivity {
  readonly #cuts = new Ways()
  readonly #refusals = new Ways()
  readonly #deaf = new Set<NodeName>()
  readonly #mute = new Set<NodeName>()
  readonly #shut = new Map<NodeName, 'refuses' | 'ignores'>()
  readonly #machineOf = new Map<NodeName, NodeName>()
  #groupOf: Map<NodeName, number> | undefined

  /** `name` is a process on the machine of `other`: no trouble of the network is between the two. */
  place(name: NodeName, other: NodeName): void {
    this.#machineOf.set(name, other)
  }

  /** Whether two processes are on one machine. */
  isOneMachine(one: NodeName, other: NodeName): boolean {
    if (this.#machineOf.size === 0) return one === other
    return (this.#machineOf.get(one) ?? one) === (this.#machineOf.get(other) ?? other)
  }

  /** Whether what `from` sends can get to `to` now. A node always reaches itself, and what else is on its machine. */
  reaches(from: NodeName, to: NodeName): boolean {
    if (this.isOneMachine(from, to)) return true
    if (this.#cuts.has(from, to) || this.#refusals.has(from, to)) return false
    if (this.#mute.size > 0 && this.#mute.has(from)) return false
    if (this.#deaf.size > 0 && this.#deaf.has(to)) return false
    if (this.#groupOf === undefined) return true
    return (this.#groupOf.get(from) ?? -1) === (this.#groupOf.get(to) ?? -1)
  }

  /** Cuts one direction. */
  cut(from: NodeName, to: NodeName): void {
    this.#cuts.add(from, to)
  }

  mend(from: NodeName, to: NodeName): void {
    this.#cuts.delete(from, to)
  }

  /** Cuts one machine off from all others, those that are added later included. */
  isolate(name: NodeName, way: Isolation = 'both'): void {
    if (way !== 'out') this.#deaf.add(name)
    if (way !== 'in') this.#mute.add(name)
  }

  /** Ends {@link isolate}, in the same directions. */
  rejoin(name: NodeName, way: Isolation = 'both'): void {
    if (way !== 'out') this.#deaf.delete(name)
    if (way !== 'in') this.#mute.delete(name)
  }

  /** A firewall answers "refused" for `to` whenever `from` dials or sends, though the process there lives. */
  refuse(from: NodeName, to: NodeName): void {
    this.#refusals.add(from, to)
  }

  /** The firewall lets `from` through to `to` again. */
  admit(from: NodeName, to: NodeName): void {
    this.#refusals.delete(from, to)
  }

  refuses(from: NodeName, to: NodeName): boolean {
    return this.#refusals.has(from, to)
  }

  /**
   * Nobody else can dial it, while what it dials itself works both ways: a port that a firewall closed, or an address
   * that is wrong. Links that are open stay.
   */
  shut(name: NodeName, how: 'refuses' | 'ignores'): void {
    this.#shut.set(name, how)
  }

  /** It can be dialled again. */
  unshut(name: NodeName): void {
    this.#shut.delete(name)
  }

  /** What a dial meets at a port that is shut; undefined where it is open. */
  shutAt(name: NodeName): 'refuses' | 'ignores' | undefined {
    return this.#shut.get(name)
  }

  /** Splits the nodes into groups; those that are not named form one more. Replaces an earlier partition. */
  partition(groups: readonly (readonly NodeName[])[]): void {
    this.#groupOf =
      groups.length === 0
        ? undefined
        : new Map(groups.flatMap((names, group) => names.map((name) => [name, group] as const)))
  }

  /** Ends all cuts, refusals, isolations, shut ports and the partition. */
  heal(): void {
    this.#cuts.clear()
    this.#refusals.clear()
    this.#deaf.clear()
    this.#mute.clear()
    this.#shut.clear()
    this.#groupOf = undefined
  }
}
