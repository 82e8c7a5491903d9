/**
 * The rules that a simulation can take out one by one, to show that it would notice. Production code has
 * {@link soundRules} only; this type is not exported from the package.
 */
export interface RegisterRules {
  /** R2: exactly half is a quorum only with the first voter. Without it: any half. */
  readonly halfNeedsFirst: boolean
  /** R3: a voter is a name and an id. Without it: a name. */
  readonly votersHaveIds: boolean
  /** R4: nothing is answered before it is on the disk. */
  readonly storeBeforeAnswer: boolean
  /** R4: a ballot belongs to one life. Without it a restarted proposer uses its ballots again. */
  readonly ballotsOfOneLife: boolean
  /** R1: a proposer takes over the value that was accepted under the highest ballot it hears of. */
  readonly adoptAccepted: boolean
  /** R5: a life uses ballot 0 once for a version. */
  readonly fastOnce: boolean
  /** R6: a change of voters is finished when a quorum of the new voters has stored it. */
  readonly settleFirst: boolean
  /** R7: nobody forms who reaches, or is told of, a record. */
  readonly formationLooks: boolean
  /** R7: directories that are not empty form only all together. */
  readonly formationFresh: boolean
  /** R8: a recovered lineage stops its parent. */
  readonly recoverySupersedes: boolean
  /** R10: any voter may propose. Without it: only the life that the record names as its origin. */
  readonly anybodyProposes: boolean
}

export const soundRules: RegisterRules = {
  halfNeedsFirst: true,
  votersHaveIds: true,
  storeBeforeAnswer: true,
  ballotsOfOneLife: true,
  adoptAccepted: true,
  fastOnce: true,
  settleFirst: true,
  formationLooks: true,
  formationFresh: true,
  recoverySupersedes: true,
  anybodyProposes: true,
}
