/**
 * Merging with a part of its rule taken out, for simulations in this repository. Not published.
 *
 * @packageDocumentation
 */
export { isMergeVariantName, type MergeVariantName, mergingVariant, variants } from './simulation/variants.ts'
