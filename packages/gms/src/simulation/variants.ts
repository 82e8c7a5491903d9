import { type GmsRules, soundRules } from '../core/rules.ts'

/** Membership with one rule taken out: what a simulation has to notice. */
export const variants = {
  'state-lags': { ...soundRules, stateFollowsAtOnce: false },
  'refusal-alone': { ...soundRules, refusalIsConfirmed: false },
  'pause-unnoticed': { ...soundRules, pauseVoidsDoubts: false },
  'delivers-at-once': { ...soundRules, pauseHoldsDelivery: false },
  'old-answer-confirms': { ...soundRules, confirmedByFreshAnswer: false },
  'sleepers-confirm': { ...soundRules, onlyTheSureConfirm: false },
  'later-life-ignored': { ...soundRules, laterLifeProvesGone: false },
  'waits-for-itself': { ...soundRules, asksTheNext: false },
  'refusal-names-nothing': { ...soundRules, refusalNamesLife: false },
  'branch-in-one-lineage': { ...soundRules, branchHasLineage: false },
  'branch-takes-all': { ...soundRules, branchTakesWhoAgreed: false },
  'branch-from-anybody': { ...soundRules, branchWasPromised: false },
  'primary-by-doubt': { ...soundRules, primaryNeedsLease: false },
  'leases-bind-nobody': { ...soundRules, leasesBindVoters: false },
  'leases-forgotten': { ...soundRules, unknownLeasesBind: false },
  'wall-clock-ignored': { ...soundRules, leaseChecksWallClock: false },
  'full-disk-keeps-role': { ...soundRules, whoCannotVotePasses: false },
  'outcomes-forgotten': { ...soundRules, outcomesAreRemembered: false },
  'barred-come-back': { ...soundRules, barredStayOut: false },
  unpaced: { ...soundRules, largeGroupsArePaced: false },
} as const satisfies Record<string, GmsRules>

export type VariantName = keyof typeof variants

export function isVariantName(text: string): text is VariantName {
  return Object.hasOwn(variants, text)
}
