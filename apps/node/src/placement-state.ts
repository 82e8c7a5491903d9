import type { GroupRecord, Member, StateAfter } from '@ring/gms'
import {
  chmpxTable,
  type DeliverMode,
  isPartitionTable,
  noServer,
  type PartitionTable,
  type PlacedServer,
  planTable,
  type RoutedServer,
  type Routing,
  rowOf,
} from '@ring/placement'
import type { NodeSettings } from './node-settings.ts'

/** How keys are placed: what the coordinator's configuration says when it computes the table. */
export interface PlacementSettings {
  readonly mode: DeliverMode
  readonly placement: 'ring' | 'chmpx'
  readonly partitions: number
  readonly replicas: number
}

/** What a node's configuration says of it. */
export function placementSettingsOf({
  configuration: { global },
  ring,
}: Pick<NodeSettings, 'configuration' | 'ring'>): PlacementSettings {
  const { placement, partitions } = ring
  return { mode: global.deliverMode, placement, partitions, replicas: global.replica }
}

/** The part of the record's state that says where keys live. */
interface PlacementState {
  readonly mode: DeliverMode
  readonly table: PartitionTable
  /** For each partition, the version of the record at which its row last changed (rule D5). */
  readonly changedAt: readonly number[]
}

/**
 * The table follows the view in the same commit (rule M1), so every node has the same table and the same versions. All
 * servers of a row count as in sync: there is no data to move yet when a server comes. Replicas go to different zones where
 * members say in which they stand; a coordinator of version 0.2.0 does not pass that on, nor who is a witness, and plans
 * without both until a later one coordinates.
 */
export function placementAfter(settings: PlacementSettings): StateAfter {
  return (state, change, view, version) => {
    const before = placementOf(state)
    const servers = view.members.filter(serves).map(({ name, metadata }) => ({ name, zone: metadata?.zone }))
    const table = tableFor(settings, servers, before?.table)
    const renewed = new Set([...change.joined.map(({ name }) => name), ...change.left.map(({ member }) => member.name)])
    const changedAt = Array.from({ length: table.partitions }, (_, partition) => {
      const same = before?.table.partitions === table.partitions && isSameRow(before.table, table, partition, renewed)
      return same ? before.changedAt[partition]! : version
    })
    const placement: PlacementState = { mode: settings.mode, table, changedAt }
    // The other parts are not this one's, and a later version may say more in this one (rule S1).
    return { ...fieldsOf(state), placement: { ...fieldsOf(fieldsOf(state)['placement']), ...placement } }
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isMap ? (value as Readonly<Record<string, unknown>>) : {}
}

function tableFor(
  settings: PlacementSettings,
  servers: readonly PlacedServer[],
  before: PartitionTable | undefined,
): PartitionTable {
  const { mode, placement, partitions } = settings
  if (mode === 'random' || servers.length === 0)
    return { strategy: placement, partitions: 0, width: 1, servers: [], owners: [] }
  // More copies than servers cannot be, and would make rows of nothing.
  const replicas = Math.min(settings.replicas, servers.length - 1)
  if (placement === 'chmpx') return chmpxTable(servers.map(({ name }) => name).sort(), replicas)
  const usable = before && before.partitions === partitions && before.strategy === 'ring' ? before : undefined
  return planTable(usable, servers, { partitions, replicas })
}

/** A witness only votes. */
function serves({ witness }: Member): boolean {
  return witness !== true
}

function isSameRow(
  one: PartitionTable,
  other: PartitionTable,
  partition: number,
  renewed: ReadonlySet<string>,
): boolean {
  const [before, after] = [rowOf(one, partition), rowOf(other, partition)]
  return before.length === after.length && after.every((name, place) => name === before[place] && !renewed.has(name))
}

/** What of a record's state is about placement; undefined where it is missing or not valid. */
function placementOf(state: unknown): PlacementState | undefined {
  const placement = (state as { placement?: Partial<PlacementState> | null } | null | undefined)?.placement
  if (typeof placement !== 'object' || placement === null || !isPartitionTable(placement.table)) return undefined
  const { mode, table, changedAt } = placement
  if ((mode !== 'hash' && mode !== 'random') || !Array.isArray(changedAt) || changedAt.length !== table.partitions)
    return undefined
  return { mode, table, changedAt: changedAt as readonly number[] }
}

/** Where messages go by this record, leaving out the lives that are known to be gone (rule D1). */
export function routingOf(record: GroupRecord, isDown: (server: RoutedServer) => boolean): Routing {
  const placement = placementOf(record.state)
  const servers = record.view.members.filter(serves).map(({ name, incarnation, address }) => {
    const server = { name, incarnation, address, up: true }
    return { ...server, up: !isDown(server) }
  })
  const table = placement?.table
  const { strategy = 'ring', partitions = 0, width = 1 } = table ?? {}
  const indexes = table?.servers.map((name) => servers.findIndex((server) => server.name === name)) ?? []
  const owners = Uint16Array.from(table?.owners ?? [], (place) => {
    const index = indexes[place]
    return index === undefined || index < 0 ? noServer : index
  })
  return {
    version: record.version,
    epoch: record.epoch,
    mode: placement?.mode ?? 'random',
    strategy,
    partitions,
    servers,
    left: record.view.departed?.filter(({ why }) => why === 'left') ?? [],
    width,
    owners,
    changedAt: Float64Array.from(placement?.changedAt ?? []),
  }
}
