/**
 * Pure placement: from key to partition to owners, and plans that move little.
 *
 * @packageDocumentation
 */
export { chmpxTable } from './chmpx-table.ts'
export type { PlacedServer } from './draft.ts'
export { PlacementError } from './error.ts'
export type { Hash64 } from './hash.ts'
export { chmpxHash, keyHash, keyHashOfRange, modulo64 } from './hash.ts'
export type { Move } from './moves.ts'
export { moves } from './moves.ts'
export { defaultPartitions, partitionOf, partitionOfNumber } from './partition.ts'
export type { PlanOptions } from './plan.ts'
export { planTable } from './plan.ts'
export type { ClosingPartitions, DeliverMode, PartitionStrategy, RoutedServer, Routing } from './routing.ts'
export { firstUp, noServer } from './routing.ts'
export type { RoutingInput } from './routing-from-table.ts'
export { routingFrom } from './routing-from-table.ts'
export type { ServingRun } from './serving.ts'
export { changedAtAfter, runsBetween, servingAfter, withRuns } from './serving.ts'
export type { PartitionTable } from './table.ts'
export { isPartitionTable, rowOf } from './table.ts'
export { tableOfRows } from './table-of-rows.ts'
