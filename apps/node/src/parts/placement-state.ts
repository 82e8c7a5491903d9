import type { Applied, GroupRecord, Member, PartStep, StatePart } from '@ring/gms'
import {
  changedAtAfter,
  chmpxTable,
  type DeliverMode,
  isPartitionTable,
  type PartitionTable,
  type PlacedServer,
  planTable,
  type RoutedServer,
  type Routing,
  routingFrom,
  runsBetween,
  type ServingRun,
  servingAfter,
  withRuns,
} from '@ring/placement'
import type { CoreSettings } from '../running/core-settings.ts'

/** How keys are placed: what the coordinator's configuration says when it computes the table. */
export interface PlacementSettings {
  readonly mode: DeliverMode
  readonly placement: 'ring' | 'chmpx'
  readonly partitions: number
  readonly replicas: number
  /** When who serves follows who is to serve: at once (the default), or by operations, as data has been moved. */
  readonly moves?: 'at-once' | 'by-operation'
}

/** No keys anywhere. */
const nowhere: PartitionTable = { strategy: 'ring', partitions: 0, width: 1, servers: [], owners: [] }

/** What a node's configuration says of it. */
export function placementSettingsOf({
  configuration: { global },
  ring,
}: Pick<CoreSettings, 'configuration' | 'ring'>): PlacementSettings {
  const { placement, partitions } = ring
  return { mode: global.deliverMode, placement, partitions, replicas: global.replica }
}

/** What the record's state says of where keys live. */
export interface PlacementState {
  readonly mode: DeliverMode
  /** Who serves: the servers of each partition that hold all of it, the owner first. */
  readonly table: PartitionTable
  /** Who is to serve, as it follows from the view; missing where that is who serves. */
  readonly target?: PartitionTable
  /** For each partition, the version of the record at which its row of `table` last changed (rule D5). */
  readonly changedAt: readonly number[]
}

/** More than the largest tables with the longest names. */
const placementMaxChars = 900_000

/**
 * Where keys live, as a part of the record: the target follows the view in the same commit (rule M1), so every node has the same
 * tables and the same versions. Replicas go to different zones where members say in which they stand; a coordinator of version
 * 0.2.0 does not pass that on, nor who is a witness, and plans without both until a later one coordinates.
 *
 * Who serves follows at once where there is no data to move, else by operations: `{serve: runs}` once a server holds what it is
 * to serve, `{serve: 'target'}` for all of it.
 */
export function placementPart(settings: PlacementSettings): StatePart<PlacementState> {
  return {
    name: 'placement',
    maxChars: placementMaxChars,
    check: isPlacement,
    follow: (before, step) => followed(settings, before, step),
    apply: operated,
  }
}

function followed(
  settings: PlacementSettings,
  before: PlacementState | undefined,
  { change, view, version }: PartStep,
): PlacementState {
  const servers = view.members.filter(serves).map(({ name, metadata }) => ({ name, zone: metadata?.zone }))
  const come = new Set<string>(change.joined.map(({ name }) => name))
  const renewed = new Set([...come, ...change.left.map(({ member }) => member.name)])
  const target = tableFor(settings, servers, before?.target ?? before?.table)
  const waits = settings.moves === 'by-operation' && before !== undefined && before.table.partitions > 0
  const holds = (name: string) => !come.has(name) && servers.some((server) => server.name === name)
  const table = waits ? servingAfter(before.table, target, holds) : target
  return placed({ ...before, mode: settings.mode }, before, { table, target, renewed, version })
}

function operated(own: PlacementState, body: unknown, { view, version }: PartStep): Applied<PlacementState> {
  const { target = own.table } = own
  const names = new Set<string>(view.members.filter(serves).map(({ name }) => name))
  const wanted = (body as { readonly serve?: unknown } | null | undefined)?.serve
  const runs = isRuns(wanted) ? withRuns(own.table, wanted, (name) => names.has(name)) : undefined
  const table = wanted === 'target' ? target : runs
  if (!table) return { own, outcome: { invalid: true } }
  const next = placed(own, own, { table, target, renewed: new Set(), version })
  return { own: next, outcome: { changed: next.changedAt.filter((at) => at === version).length } }
}

interface Tables {
  readonly table: PartitionTable
  readonly target: PartitionTable
  readonly renewed: ReadonlySet<string>
  readonly version: number
}

/** With these tables, and all that a later version says of it (rule S1). */
function placed(
  said: Omit<PlacementState, 'table' | 'target' | 'changedAt'>,
  before: PlacementState | undefined,
  { table, target, renewed, version }: Tables,
): PlacementState {
  const { target: _, ...kept } = said as PlacementState
  const isThere = table.strategy === target.strategy && table.partitions === target.partitions
  const isReached = isThere && runsBetween(table, target).length === 0
  const serving = isReached ? target : table
  const changedAt = changedAtAfter(before, serving, renewed, version)
  return { ...kept, table: serving, ...(!isReached && { target }), changedAt }
}

function isRuns(value: unknown): value is readonly ServingRun[] {
  return Array.isArray(value) && value.length <= mostRuns && value.every(isRun)
}

function isRun(value: unknown): value is ServingRun {
  if (typeof value !== 'object' || value === null) return false
  const { from, count, servers } = value as Partial<Record<keyof ServingRun, unknown>>
  const isNamed = Array.isArray(servers) && servers.every((name) => typeof name === 'string')
  return Number.isSafeInteger(from) && Number.isSafeInteger(count) && isNamed
}

/** One for each partition that a table can have. */
const mostRuns = 65_536

function tableFor(
  settings: PlacementSettings,
  servers: readonly PlacedServer[],
  before: PartitionTable | undefined,
): PartitionTable {
  const { mode, placement, partitions } = settings
  if (mode === 'random' || servers.length === 0) return { ...nowhere, strategy: placement }
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

function isPlacement(own: unknown): own is PlacementState {
  if (typeof own !== 'object' || own === null) return false
  const { mode, table, target, changedAt } = own as Partial<PlacementState>
  if (target !== undefined && !isPartitionTable(target)) return false
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
  return routingFrom(placement?.table ?? nowhere, {
    ...{ version: record.version, epoch: record.epoch, mode: placement?.mode ?? 'random', servers },
    left: record.view.departed?.filter(({ why }) => why === 'left') ?? [],
    changedAt: placement?.changedAt ?? [],
  })
}
