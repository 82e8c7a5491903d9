import { type DeliverMode, noServer, type RoutedServer, type Routing } from './routing.ts'
import type { PartitionTable } from './table.ts'

export interface RoutingInput extends Pick<Routing, 'version' | 'epoch' | 'left' | 'closing'> {
  readonly mode: DeliverMode
  /** Every server that can be named by the table; others of the table are left out of their rows. */
  readonly servers: readonly RoutedServer[]
  /** For each partition, the version at which its row last changed (rule D5). */
  readonly changedAt: readonly number[]
}

/**
 * The routing of a table: what the data plane reads. The table's rows are who is in sync (rule D1): whom it does not name gets
 * nothing.
 */
export function routingFrom(table: PartitionTable, { changedAt, ...input }: RoutingInput): Routing {
  const { strategy, partitions, width } = table
  const owners = ownersOf(table, input.servers)
  return { ...input, strategy, partitions, width, owners, changedAt: Float64Array.from(changedAt) }
}

function ownersOf(table: PartitionTable, servers: readonly RoutedServer[]): Uint16Array {
  const slots = new Map(servers.map(({ name }, slot) => [name, slot]))
  const slotOf = table.servers.map((name) => slots.get(name) ?? noServer)
  const owners = new Uint16Array(table.partitions * table.width).fill(noServer)
  for (let partition = 0; partition < table.partitions; partition++) {
    let place = partition * table.width
    for (let from = place; from < (partition + 1) * table.width; from++) {
      const slot = slotOf[table.owners[from]!] ?? noServer
      if (slot !== noServer) owners[place++] = slot
    }
  }
  return owners
}
