import { moves, type PartitionTable, rowOf, tableOfRows } from '@ring/placement'

/** The table without these servers, where others of the row are left (rule M1); alone in a row a server keeps its place. */
export function withoutWhereOthersHold(table: PartitionTable, isGone: (server: string) => boolean): PartitionTable {
  if (!table.servers.some(isGone)) return table
  return mappedRows(table, (row) => {
    const left = row.filter((server) => !isGone(server))
    return left.length > 0 ? left : row
  })
}

/** What serves once all has been moved: of each row those that hold it; where nobody does, whoever is to begin it anew. */
export function servingOf(
  target: PartitionTable,
  holds: (server: string, partition: number) => boolean,
): PartitionTable {
  return mappedRows(target, (row, partition) => {
    const there = row.filter((server) => holds(server, partition))
    return there.length > 0 ? there : row
  })
}

function mappedRows(
  table: PartitionTable,
  change: (row: readonly string[], partition: number) => readonly string[],
): PartitionTable {
  const rows = Array.from({ length: table.partitions }, (_, partition) => change(rowOf(table, partition), partition))
  return tableOfRows(table, rows, table.servers)
}

/** For each server that is to hold more than it does, the moves that it lacks, each as a text of its own. */
export function lacking(
  table: PartitionTable,
  target: PartitionTable,
  isUp: (server: string) => boolean,
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const { fromPartition, partition, from, to } of moves(table, target)) {
    if (!isUp(to)) continue
    const own = found.get(to) ?? new Set<string>()
    // From one that is down nothing can be had.
    found.set(to, own.add(`${fromPartition} ${partition} ${isUp(from) ? from : ''}`))
  }
  return found
}

/** The partitions of `table` whose row will be another: one byte for each, 1 where it moves. */
export function movingPartitions(table: PartitionTable, next: PartitionTable): Uint8Array {
  const isSame = table.strategy === next.strategy && table.partitions === next.partitions
  const moving = new Uint8Array(table.partitions)
  for (let partition = 0; partition < table.partitions; partition++) {
    const before = rowOf(table, partition)
    const after = isSame ? rowOf(next, partition) : undefined
    const stays = after?.length === before.length && after.every((name, place) => name === before[place])
    if (!stays) moving[partition] = 1
  }
  return moving
}
