import { PlacementError } from './error.ts'
import { noServer, type PartitionStrategy } from './routing.ts'

/**
 * Which servers hold which partition: plain data that goes into a record as it is. Servers are named once and rows are
 * small numbers: in MessagePack a place takes one byte in a ring of up to 128 servers, so a table of 1024 partitions
 * with one replica takes 2 KiB and the names.
 */
export interface PartitionTable {
  readonly strategy: PartitionStrategy
  readonly partitions: number
  /** Places of a row: the owner and its replicas. */
  readonly width: number
  /** Unique names. With the strategy `chmpx` in ring order, else sorted. */
  readonly servers: readonly string[]
  /** Row p is `owners[p * width .. p * width + width)`: indices into `servers`, the owner first, then `noServer`. */
  readonly owners: readonly number[]
}

export const mostPartitions = 65_536
export const mostServers = 32_768
/** Bounds a table that comes from outside: partitions times width. */
export const mostPlaces = 1_048_576
const longestName = 255

/** The names of a partition's servers, the owner first. */
export function rowOf(table: PartitionTable, partition: number): readonly string[] {
  const row: string[] = []
  for (let place = partition * table.width; place < (partition + 1) * table.width; place++) {
    const server = table.owners[place]
    if (server !== undefined && server !== noServer) row.push(table.servers[server]!)
  }
  return row
}

/** Throws a PlacementError unless these numbers make a table of bounded size. */
export function checkShape(partitions: number, width: number, servers: readonly string[]): void {
  const whole = Number.isInteger(partitions) && Number.isInteger(width)
  if (!whole || partitions < 0 || partitions > mostPartitions || width < 1 || partitions * width > mostPlaces) {
    throw new PlacementError(
      `A table needs 1 to ${mostPartitions} partitions and at most ${mostPlaces} places; got ${partitions} of ${width}.`,
    )
  }
  if (servers.length > mostServers) throw new PlacementError(`A table has at most ${mostServers} servers.`)
  if (new Set(servers).size < servers.length) throw new PlacementError('Two servers have the same name.')
}

function isList(value: unknown, most: number): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= most
}

function isRow(owners: readonly unknown[], start: number, width: number, servers: number): boolean {
  const seen = new Set<unknown>()
  let ended = false
  for (let place = start; place < start + width; place++) {
    const server = owners[place]
    if (server === noServer) {
      ended = true
      continue
    }
    const known = Number.isInteger(server) && (server as number) >= 0 && (server as number) < servers
    if (ended || !known || seen.has(server)) return false
    seen.add(server)
  }
  return true
}

/** Whether a value from outside is a table: every number in its range, no server twice in a row. Never throws. */
export function isPartitionTable(value: unknown): value is PartitionTable {
  if (typeof value !== 'object' || value === null) return false
  const { strategy, partitions, width, servers, owners } = value as Partial<Record<keyof PartitionTable, unknown>>
  if (strategy !== 'ring' && strategy !== 'chmpx') return false
  if (typeof partitions !== 'number' || typeof width !== 'number' || !isList(servers, mostServers)) return false
  if (!servers.every((name) => typeof name === 'string' && name.length <= longestName)) return false
  try {
    checkShape(partitions, width, servers as readonly string[])
  } catch {
    return false
  }
  if (!isList(owners, mostPlaces) || owners.length !== partitions * width) return false
  for (let start = 0; start < owners.length; start += width) {
    if (!isRow(owners, start, width, servers.length)) return false
  }
  return true
}
