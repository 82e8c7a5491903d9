import { noServer } from './routing.ts'
import { checkShape, type PartitionTable } from './table.ts'

/**
 * The table of CHMPX: as many partitions as servers, slot i is the i-th server in ring order, and its replicas are the
 * slots after it. When the number of servers changes most keys change their slot; only for rings that must agree with
 * CHMPX programs.
 */
export function chmpxTable(servers: readonly string[], replicas: number): PartitionTable {
  const width = replicas + 1
  checkShape(servers.length, width, servers)
  const owners: number[] = []
  for (let slot = 0; slot < servers.length; slot++) {
    for (let place = 0; place < width; place++) {
      owners.push(place < servers.length ? (slot + place) % servers.length : noServer)
    }
  }
  return { strategy: 'chmpx', partitions: servers.length, width, servers: [...servers], owners }
}
