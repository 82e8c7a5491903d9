import { chmpxTable, type DeliverMode, type PartitionTable, type PlacedServer, planTable } from '@ring/placement'

/** How keys are placed: what the coordinator's configuration says when it computes the tables. */
export interface PlacementSettings {
  readonly mode: DeliverMode
  readonly placement: 'ring' | 'chmpx'
  readonly partitions: number
  readonly replicas: number
  /** AUTOMERGE: who comes is taken into service, who goes out of it, by itself. */
  readonly automatic: boolean
  /** DOMERGE: programs hold data, which moves before who serves does. */
  readonly movesData: boolean
  /** With data: how long a dead server is waited for before others take its place. */
  readonly rebalanceDelayMs: number
}

/** No keys anywhere. */
export const nowhere: PartitionTable = { strategy: 'ring', partitions: 0, width: 1, servers: [], owners: [] }

/** Who is to hold what when these serve, as near to `before` as can be. */
export function idealTable(
  { mode, placement, partitions, replicas }: PlacementSettings,
  servers: readonly PlacedServer[],
  before: PartitionTable | undefined,
): PartitionTable {
  if (mode === 'random' || servers.length === 0) return { ...nowhere, strategy: placement }
  // More copies than servers cannot be, and would make rows of nothing.
  const copies = Math.min(replicas, servers.length - 1)
  if (placement === 'chmpx') return chmpxTable(servers.map(({ name }) => name).sort(), copies)
  const usable = before && before.partitions === partitions && before.strategy === 'ring' ? before : undefined
  return planTable(usable, servers, { partitions, replicas: copies })
}

/** Whether both say the same of the same partitions. */
export function isSameTable(one: PartitionTable, other: PartitionTable): boolean {
  if (one.strategy !== other.strategy || one.partitions !== other.partitions) return false
  for (let partition = 0; partition < one.partitions; partition++) {
    for (let place = 0; place < Math.max(one.width, other.width); place++)
      if (nameAt(one, partition, place) !== nameAt(other, partition, place)) return false
  }
  return true
}

function nameAt({ servers, owners, width }: PartitionTable, partition: number, place: number): string | undefined {
  return place < width ? servers[owners[partition * width + place]!] : undefined
}
