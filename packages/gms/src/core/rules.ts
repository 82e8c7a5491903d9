/**
 * The rules of membership that a simulation can take out one by one, to show that it would notice. Production code has
 * {@link soundRules} only; this type is not exported from the package.
 */
export interface GmsRules {
  /** M1: view and state change together. Without it the state follows one change later. */
  readonly stateFollowsAtOnce: boolean
  /** M2: a refused dial is confirmed by the coordinator's own and by asking who holds a link. Without it: it counts alone. */
  readonly refusalIsConfirmed: boolean
  /** M3: after a pause no deadline is overdue, and open doubts are void. Without it timers run before what waited. */
  readonly pauseVoidsDoubts: boolean
  /** M3: after a long pause nothing is delivered until a member knows this life. */
  readonly pauseHoldsDelivery: boolean
  /** M3: only an answer to a question asked after the pause confirms. Without it: any that waited in the socket. */
  readonly confirmedByFreshAnswer: boolean
  /** M3: who is not sure of its own life confirms another one only together with all, or a quorum. Without it: alone. */
  readonly onlyTheSureConfirm: boolean
  /** M4: a higher incarnation under a name proves the older gone. */
  readonly laterLifeProvesGone: boolean
  /** M4: a newcomer that is told "the coordinator is you" asks who said so. */
  readonly asksTheNext: boolean
  /** M4: a refusal names the known incarnation, so that the newcomer can take a higher one. */
  readonly refusalNamesLife: boolean
  /** M5: a branch has a lineage of its own. Without it both sides go on counting in one. */
  readonly branchHasLineage: boolean
  /** M5: a branch takes in only who said that it lost the coordinator too. Without it: whoever the opener hears. */
  readonly branchTakesWhoAgreed: boolean
  /** M5: the view of a branch is taken only from whom it was promised to. Without it: from anybody. */
  readonly branchWasPromised: boolean
  /** L1: a voter accepts no change that takes a holder's role away while its lease lasts. */
  readonly leasesBindVoters: boolean
  /** L1: a voter that restarted, or one of new voters, waits a term. Without it earlier leases bind nobody. */
  readonly unknownLeasesBind: boolean
  /** L1: a holder checks the wall clock, too. Without it a lease outlives the sleep of its machine. */
  readonly leaseChecksWallClock: boolean
  /** M7: primary is said under a lease only. Without it: by whoever counts on a quorum. */
  readonly primaryNeedsLease: boolean
  /** R4: who cannot store its votes passes the coordinator's role on. Without it nothing is decided while it lives. */
  readonly whoCannotVotePasses: boolean
  /** S2: the record remembers what operations came to. Without it a second try is a second operation. */
  readonly outcomesAreRemembered: boolean
  /** M8: a barred name is not let in. Without it an expelled node is back at once. */
  readonly barredStayOut: boolean
  /** In a large group joins and removals are gathered for a second. Without it each is a view of its own. */
  readonly largeGroupsArePaced: boolean
}

export const soundRules: GmsRules = {
  stateFollowsAtOnce: true,
  refusalIsConfirmed: true,
  pauseVoidsDoubts: true,
  pauseHoldsDelivery: true,
  confirmedByFreshAnswer: true,
  onlyTheSureConfirm: true,
  laterLifeProvesGone: true,
  asksTheNext: true,
  refusalNamesLife: true,
  branchHasLineage: true,
  branchTakesWhoAgreed: true,
  branchWasPromised: true,
  leasesBindVoters: true,
  unknownLeasesBind: true,
  leaseChecksWallClock: true,
  primaryNeedsLease: true,
  whoCannotVotePasses: true,
  outcomesAreRemembered: true,
  barredStayOut: true,
  largeGroupsArePaced: true,
}
