import { type PartitionStrategy, partitionOf, partitionOfNumber } from '@ring/placement'

/** A key as programs give it; a number is a hash computed elsewhere. */
export type StoredKey = string | Uint8Array | number

/** Keys, by the partitions that they are in. */
export interface KeySet {
  readonly strategy: PartitionStrategy
  readonly partitions: number
  /** Runs of partitions: first, count, first, count. */
  readonly runs: readonly number[]
}

/** Keys that are in all of these sets. */
export type Selection = readonly KeySet[]

/** Says of keys whether they are selected; made once for many of them. */
export class Selector {
  readonly #sets: readonly { readonly set: KeySet; readonly has: Uint8Array }[]

  constructor(selection: Selection) {
    this.#sets = selection.map((set) => ({ set, has: membersOf(set) }))
  }

  has(key: StoredKey): boolean {
    for (const { set, has } of this.#sets) if (has[partitionIn(set, key)] !== 1) return false
    return true
  }
}

/** The partition of a key among those of a set. */
export function partitionIn({ strategy, partitions }: KeySet, key: StoredKey): number {
  return typeof key === 'number' ? partitionOfNumber(partitions, key) : partitionOf(strategy, partitions, key)
}

/** One byte for each partition: 1 where it is in the set. */
export function membersOf({ partitions, runs }: KeySet): Uint8Array {
  const has = new Uint8Array(partitions)
  for (let at = 0; at + 1 < runs.length; at += 2) has.fill(1, runs[at], runs[at]! + runs[at + 1]!)
  return has
}

/** The runs of those partitions that are marked. */
export function runsOf(marked: Uint8Array): readonly number[] {
  const runs: number[] = []
  for (let at = 0; at < marked.length; at++) {
    if (marked[at] !== 1) continue
    const from = at
    while (marked[at + 1] === 1) at++
    runs.push(from, at - from + 1)
  }
  return runs
}
