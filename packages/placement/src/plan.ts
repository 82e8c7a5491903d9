import { Draft, type PlacedServer } from './draft.ts'
import { PlacementError } from './error.ts'
import { planOwners } from './owner-plan.ts'
import { defaultPartitions } from './partition.ts'
import { planReplicas } from './replica-plan.ts'
import { noServer } from './routing.ts'
import { checkShape, type PartitionTable } from './table.ts'

export interface PlanOptions {
  /** 1024 when not given. With another number than the previous table's, that table is not looked at. */
  readonly partitions?: number
  /** Copies besides the owner's; fewer are planned while there are too few servers. */
  readonly replicas: number
}

/**
 * Plans who holds what. The same input gives the same table on every machine, in whatever order servers are given.
 *
 * - No server owns two partitions more than another, and no more change their owner than that needs.
 * - A partition's servers differ, and so do their zones as long as there are enough.
 * - No server has two replicas more than another, except where zones leave no other way.
 * - When a server leaves, only the rows that it was in change, one place each.
 *
 * @throws PlacementError when the numbers are out of range or two servers have one name
 */
export function planTable(
  previous: PartitionTable | undefined,
  servers: readonly PlacedServer[],
  options: PlanOptions,
): PartitionTable {
  const { partitions = defaultPartitions, replicas } = options
  const width = replicas + 1
  if (partitions < 1) throw new PlacementError('A table needs at least one partition.')
  checkShape(
    partitions,
    width,
    servers.map(({ name }) => name),
  )
  const draft = new Draft(previous, servers, partitions)
  if (draft.size > 0) {
    planOwners(draft)
    planReplicas(draft, replicas)
  }
  const owners = draft.rows.flatMap((row) => Array.from({ length: width }, (_, place) => placed(row[place])))
  return { strategy: 'ring', partitions, width, servers: draft.names, owners }
}

const placed = (server = -1): number => (server < 0 ? noServer : server)
