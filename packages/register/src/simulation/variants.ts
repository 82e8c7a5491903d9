import { type RegisterRules, soundRules } from '../core/voting/rules.ts'

/** The register with one rule taken out: what a simulation has to notice. */
export const variants = {
  'any-half': { ...soundRules, halfNeedsFirst: false },
  'name-only': { ...soundRules, votersHaveIds: false },
  'answers-before-store': { ...soundRules, storeBeforeAnswer: false },
  'ballots-again': { ...soundRules, ballotsOfOneLife: false },
  'own-value-only': { ...soundRules, adoptAccepted: false },
  'fast-twice': { ...soundRules, fastOnce: false },
  'ends-before-settled': { ...soundRules, settleFirst: false },
  'forms-blindly': { ...soundRules, formationLooks: false },
  'forms-with-old-directories': { ...soundRules, formationFresh: false },
  'parent-goes-on': { ...soundRules, recoverySupersedes: false },
  'origin-proposes': { ...soundRules, anybodyProposes: false },
} as const satisfies Record<string, RegisterRules>

export type VariantName = keyof typeof variants

export function isVariantName(text: string): text is VariantName {
  return Object.hasOwn(variants, text)
}
