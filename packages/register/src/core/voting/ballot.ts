import type { NodeName } from '@ring/platform'

/**
 * One attempt of one life to have a value chosen. No two lives share one, and a life uses each for one value only
 * (rule R4). Round 0 is the fast path of the life that the record names (rule R5).
 */
export interface Ballot {
  readonly round: number
  readonly incarnation: number
  readonly name: NodeName
}

/** Below zero when `one` is lower, zero when equal: by round, then incarnation, then name. */
export function compareBallots(one: Ballot, other: Ballot): number {
  if (one.round !== other.round) return one.round - other.round
  if (one.incarnation !== other.incarnation) return one.incarnation - other.incarnation
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0
}
