/**
 * A group of members in the simulated world of `@ring/testkit`, for tests of what stands on membership: each member runs
 * the real driver and writes down what it is told.
 *
 * @packageDocumentation
 */
export { checkPrimaries, checkRecords, checkViews } from './simulation/checks.ts'
export { type GroupOptions, SimulatedGroup, SimulatedMember } from './simulation/simulated-group.ts'
export { isVariantName, type VariantName, variants } from './simulation/variants.ts'
