/**
 * The parts of rule M6 that a simulation can take out one by one, to show that it would notice. Production code has
 * {@link soundRules} only; this type is not exported from the package.
 */
export interface MergeRules {
  /** One side leads by rule, and wins over the other's lead. Without it whoever finds the other leads. */
  readonly precedenceWins: boolean
  /** Retries come after a random time. Without it both sides try again in step. */
  readonly retriesAreRandom: boolean
  /** A merge that stalls is given up after a time. Without it a dead leader holds all up. */
  readonly stalledMergeEnds: boolean
  /** A doubt in one's own group cancels the merge. Without it the rest waits for a dead coordinator. */
  readonly doubtCancels: boolean
}

export const soundRules: MergeRules = {
  precedenceWins: true,
  retriesAreRandom: true,
  stalledMergeEnds: true,
  doubtCancels: true,
}
