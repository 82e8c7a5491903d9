import type { GroupRecord, Member, PartStep, StatePart } from '@ring/gms'
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

/** What the record's state says of where keys live. */
export interface PlacementState {
  readonly mode: DeliverMode
  readonly table: PartitionTable
  /** For each partition, the version of the record at which its row last changed (rule D5). */
  readonly changedAt: readonly number[]
}

/** More than the largest table with the longest names. */
const placementMaxChars = 700_000

/**
 * The table follows the view in the same commit (rule M1), so every node has the same table and the same versions. All
 * servers of a row count as in sync: there is no data to move yet when a server comes. Replicas go to different zones where
 * members say in which they stand; a coordinator of version 0.2.0 does not pass that on, nor who is a witness, and plans
 * without both until a later one coordinates.
 */
export function placementPart(settings: PlacementSettings): StatePart<PlacementState> {
  return {
    name: 'placement',
    maxChars: placementMaxChars,
    check: isPlacement,
    follow: (before, step) => followed(settings, before, step),
    apply: (own) => ({ own, outcome: { invalid: true } }),
  }
}

function followed(
  settings: PlacementSettings,
  before: PlacementState | undefined,
  { change, view, version }: PartStep,
): PlacementState {
  const servers = view.members.filter(serves).map(({ name, metadata }) => ({ name, zone: metadata?.zone }))
  const table = tableFor(settings, servers, before?.table)
  const renewed = new Set([...change.joined.map(({ name }) => name), ...change.left.map(({ member }) => member.name)])
  const changedAt = Array.from({ length: table.partitions }, (_, partition) => {
    const same = before?.table.partitions === table.partitions && isSameRow(before.table, table, partition, renewed)
    return same ? before.changedAt[partition]! : version
  })
  // A later version may say more of it (rule S1).
  return { ...before, mode: settings.mode, table, changedAt }
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

function isPlacement(own: unknown): own is PlacementState {
  if (typeof own !== 'object' || own === null) return false
  const { mode, table, changedAt } = own as Partial<PlacementState>
  if (!isPartitionTable(table) || !Array.isArray(changedAt) || changedAt.length !== table.partitions) return false
  return mode === 'hash' || mode === 'random'
}

/** What of a record's state is about placement; undefined where it is missing or not valid. */
function placementOf({ state }: GroupRecord): PlacementState | undefined {
  const own = (state as { readonly placement?: unknown } | null | undefined)?.placement
  return isPlacement(own) ? own : undefined
}

/** Where messages go by this record, leaving out the lives that are known to be gone (rule D1). */
export function routingOf(record: GroupRecord, isDown: (server: RoutedServer) => boolean): Routing {
  const placement = placementOf(record)
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
