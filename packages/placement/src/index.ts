/**
 * Pure placement: from key to partition to owners, and plans that move little.
 *
 * @packageDocumentation
 */
export type { DeliverMode, PartitionStrategy, RoutedServer, Routing } from './routing.ts'
export { firstUp, noServer } from './routing.ts'
