import type { ViewMerging } from '@ring/gms'
import { isVariantName, variants as membershipVariants } from '@ring/gms/simulation'
import { viewMerging } from '@ring/merge'
import { isMergeVariantName, variants as mergeVariants, mergingVariant } from '@ring/merge/simulation'

export type Quorum = 'none' | 'majority'

/** Every rule that can be taken out, of membership and of merging. */
export const variantNames: readonly string[] = [...Object.keys(membershipVariants), ...Object.keys(mergeVariants)]

/** What is simulated: membership by its rules, or with one of them taken out. */
export interface Subject {
  readonly quorum: Quorum
  readonly rules: (typeof membershipVariants)[keyof typeof membershipVariants] | undefined
  readonly merging: ViewMerging
}

/** @returns `undefined` where nothing is called so */
export function subjectOf(quorum: Quorum, variant: string | undefined): Subject | undefined {
  if (variant === undefined) return { quorum, rules: undefined, merging: viewMerging() }
  if (isVariantName(variant)) return { quorum, rules: membershipVariants[variant], merging: viewMerging() }
  if (isMergeVariantName(variant)) return { quorum, rules: undefined, merging: mergingVariant(variant) }
  return undefined
}
