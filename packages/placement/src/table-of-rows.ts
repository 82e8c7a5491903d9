import { noServer } from './routing.ts'
import type { PartitionTable } from './table.ts'

/** The table with these rows, one for each partition: as wide as the longest of them, its servers named in the order given. */
export function tableOfRows(
  { strategy }: Pick<PartitionTable, 'strategy'>,
  rows: readonly (readonly string[])[],
  order: readonly string[],
): PartitionTable {
  const used = new Set(rows.flat())
  const servers = [...new Set([...order, ...used])].filter((name) => used.has(name))
  const indexOf = new Map(servers.map((name, index) => [name, index]))
  const width = rows.reduce((most, row) => Math.max(most, row.length), 1)
  const owners = rows.flatMap((row) =>
    Array.from({ length: width }, (_, place) => (place < row.length ? indexOf.get(row[place]!)! : noServer)),
  )
  return { strategy, partitions: rows.length, width, servers, owners }
}
