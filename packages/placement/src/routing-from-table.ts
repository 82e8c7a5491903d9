import { type DeliverMode, noServer, type RoutedServer, type Routing } from './routing.ts'
import type { PartitionTable } from './table.ts'

export interface RoutingInput {
  readonly version: number
  readonly epoch: number
  readonly mode: DeliverMode
  /** Every server that can be named by the table; others of the table are left out of their rows. */
  readonly servers: readonly RoutedServer[]
  /** The routing before this one, from which unchanged rows keep the version of their last change. */
  readonly previous?: Routing | undefined
  /** Whether a server has all the data of a partition (rule D2); all have when not given. */
  readonly inSync?: (partition: number, server: string) => boolean
}

function ownersOf(table: PartitionTable, input: RoutingInput): Uint16Array {
  const slots = new Map(input.servers.map(({ name }, slot) => [name, slot]))
  const slotOf = table.servers.map((name) => slots.get(name) ?? noServer)
  const owners = new Uint16Array(table.partitions * table.width).fill(noServer)
  for (let partition = 0; partition < table.partitions; partition++) {
    let place = partition * table.width
    for (let from = place; from < (partition + 1) * table.width; from++) {
      const server = table.owners[from]!
      const slot = slotOf[server] ?? noServer
      if (slot === noServer || input.inSync?.(partition, table.servers[server]!) === false) continue
      owners[place++] = slot
    }
  }
  return owners
}

/** For each slot of the present routing, the slot of the same life of the same server before; -1 when it is new. */
function slotsBefore(servers: readonly RoutedServer[], previous: Routing): readonly number[] {
  const slots = new Map(previous.servers.map((server, slot) => [server.name, { server, slot }]))
  return servers.map(({ name, incarnation }) => {
    const before = slots.get(name)
    return before?.server.incarnation === incarnation ? before.slot : -1
  })
}

/** Whether a row has the same lives in the same order; the widths may differ. */
function sameRow(routing: Routing, before: readonly number[], previous: Routing, partition: number): boolean {
  for (let place = 0; place < Math.max(routing.width, previous.width); place++) {
    const now = place < routing.width ? routing.owners[partition * routing.width + place]! : noServer
    const then = place < previous.width ? previous.owners[partition * previous.width + place]! : noServer
    if ((now === noServer ? noServer : before[now]) !== then) return false
    if (now === noServer) return true
  }
  return true
}

/** The routing of a table: what the data plane reads. `changedAt` keeps its value where a row has the same lives. */
export function routingFrom(table: PartitionTable, input: RoutingInput): Routing {
  const { version, epoch, mode, servers, previous } = input
  const { strategy, partitions, width } = table
  const changedAt = new Float64Array(partitions).fill(version)
  const owners = ownersOf(table, input)
  const routing = { version, epoch, mode, strategy, partitions, servers, width, owners, changedAt }
  if (previous?.strategy !== strategy || previous.partitions !== partitions) return routing
  const before = slotsBefore(servers, previous)
  for (let partition = 0; partition < partitions; partition++) {
    if (sameRow(routing, before, previous, partition)) changedAt[partition] = previous.changedAt[partition]!
  }
  return routing
}
