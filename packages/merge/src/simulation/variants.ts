import type { ViewMerging } from '@ring/gms'
import { type MergeRules, soundRules } from '../core/rules.ts'
import { mergingWith } from '../view-merging.ts'

/** Merging with a part of rule M6 taken out: what a simulation has to notice. */
export const variants = {
  'anybody-leads': { ...soundRules, precedenceWins: false },
  'leaders-block': { ...soundRules, precedenceWins: false, retriesAreRandom: false },
  'stalls-for-ever': { ...soundRules, stalledMergeEnds: false },
  'doubt-ignored': { ...soundRules, doubtCancels: false },
} as const satisfies Record<string, MergeRules>

export type MergeVariantName = keyof typeof variants

export function isMergeVariantName(text: string): text is MergeVariantName {
  return Object.hasOwn(variants, text)
}

/** The protocol of `viewMerging` without a part of its rule. */
export function mergingVariant(name: MergeVariantName): ViewMerging {
  return mergingWith(variants[name])
}
