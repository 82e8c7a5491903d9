import { type PartitionTable, rowOf } from './table.ts'
import { tableOfRows } from './table-of-rows.ts'

/** Partitions in a row that are served by the same servers, the owner first. */
export interface ServingRun {
  readonly from: number
  readonly count: number
  readonly servers: readonly string[]
}

/**
 * Who serves after the view has changed, while data waits to be moved: those who did and still hold it, in the order of before
 * (rule D2: a new life holds nothing yet). Where nobody is left that holds a partition, there is nothing to wait for, and the
 * servers of the target begin it anew.
 */
export function servingAfter(
  serving: PartitionTable,
  target: PartitionTable,
  holds: (server: string) => boolean,
): PartitionTable {
  const rows = rowsOf(serving).map((row, partition) => {
    const left = row.filter(holds)
    const isSamePartition = serving.partitions === target.partitions && serving.strategy === target.strategy
    return left.length > 0 || !isSamePartition ? left : rowOf(target, partition)
  })
  // Of another number of partitions none can be begun alone.
  const isEmpty = rows.every((row) => row.length === 0)
  return isEmpty ? target : tableOfRows(serving, rows, serving.servers)
}

/** What makes one table of another with the same partitions, as few runs as there are; S4: so many rows are one operation. */
export function runsBetween(before: PartitionTable, after: PartitionTable): readonly ServingRun[] {
  const runs: { from: number; count: number; readonly servers: readonly string[] }[] = []
  for (let partition = 0; partition < after.partitions; partition++) {
    const servers = rowOf(after, partition)
    if (sameRow(rowOf(before, partition), servers)) continue
    const last = runs.at(-1)
    if (last && last.from + last.count === partition && sameRow(last.servers, servers)) last.count++
    else runs.push({ from: partition, count: 1, servers })
  }
  return runs
}

/** The table with these rows instead; `undefined` where a run does not fit it, or names a server twice or one that is not there. */
export function withRuns(
  table: PartitionTable,
  runs: readonly ServingRun[],
  isThere: (server: string) => boolean,
): PartitionTable | undefined {
  const rows = [...rowsOf(table)]
  for (const { from, count, servers } of runs) {
    const fits = from >= 0 && count >= 1 && from + count <= table.partitions
    if (!fits || new Set(servers).size < servers.length || !servers.every(isThere)) return undefined
    rows.fill(servers, from, from + count)
  }
  return tableOfRows(table, rows, table.servers)
}

/**
 * For each partition, at which version its row last changed (rule D5). A server that lives anew changes its rows.
 *
 * @param renewed who came, went or came back with this version
 */
export function changedAtAfter(
  before: { readonly table: PartitionTable; readonly changedAt: readonly number[] } | undefined,
  table: PartitionTable,
  renewed: ReadonlySet<string>,
  version: number,
): readonly number[] {
  const isSame = before?.table.partitions === table.partitions && before.table.strategy === table.strategy
  return Array.from({ length: table.partitions }, (_, partition) => {
    if (!isSame) return version
    const row = rowOf(table, partition)
    const stays = sameRow(rowOf(before.table, partition), row) && !row.some((name) => renewed.has(name))
    return stays ? before.changedAt[partition]! : version
  })
}

function rowsOf(table: PartitionTable): readonly (readonly string[])[] {
  return Array.from({ length: table.partitions }, (_, partition) => rowOf(table, partition))
}

function sameRow(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, place) => name === other[place])
}
