import { type DeliverMode, isPartitionTable, type PartitionTable } from '@ring/placement'
import { isServiceState, type ServiceState } from './service-state.ts'

/** A server as the ring agreed on it. */
export interface Service {
  readonly is: ServiceState
  /** Nothing takes it in or out of service by itself, until an operator does, or a returning life: it was so wanted. */
  readonly held?: true
  /** Where it stands, as it last said. */
  readonly zone?: string
}

/** Data on the move: from MERGE to COMPMERGE or ABORTMERGE. */
export interface Merge {
  /** Unlike that of any other, in any branch. */
  readonly id: string
  /** The version of the record that began it. */
  readonly since: number
  /** The version at which it was last said who is to hold what. */
  readonly plannedAt: number
  /** While it is closing: the version that closed what moves (rule D4). */
  readonly closingAt?: number
  /** While it is closing: who was up and held what moves. */
  readonly givers?: readonly string[]
  /** How often its fence was opened again. */
  readonly opened?: number
}

/** What the record's state says of where keys live, and of who is in service. */
export interface PlacementState {
  readonly mode: DeliverMode
  /** Who serves: the servers of each partition that hold all of it, the owner first. */
  readonly table: PartitionTable
  /** Who is to serve, as it was last reached, with those that are down meanwhile; missing where that is `table`. */
  readonly base?: PartitionTable
  /** Who is to serve once what goes on is complete; missing where that is `base`. */
  readonly target?: PartitionTable
  /** For each partition, the version of the record at which its row of `table` last changed (rule D5). */
  readonly changedAt: readonly number[]
  /** By name; versions before this one do not say it, and let all serve that are in the view. */
  readonly services?: Readonly<Record<string, Service>>
  /** SUSPENDMERGE: nothing begins by itself, ring-wide. */
  readonly suspended?: true
  /** ABORTMERGE ended the last merge: the next one begins with a server that comes or goes, or by MERGE. */
  readonly halted?: true
  readonly merge?: Merge
  /** How the last merges ended, the newest first: who did not see that learns it. */
  readonly ended?: readonly EndedMerge[]
}

export interface EndedMerge {
  readonly id: string
  readonly committed: boolean
}

/** More than the largest tables with the longest names. */
export const placementMaxChars = 900_000

const idMax = 128

export function isPlacement(own: unknown): own is PlacementState {
  if (!isMap(own)) return false
  const { mode, table, base, target, changedAt, services, suspended, halted, merge, ended } =
    own as Partial<PlacementState>
  if (mode !== 'hash' && mode !== 'random') return false
  if (!isPartitionTable(table) || !Array.isArray(changedAt) || changedAt.length !== table.partitions) return false
  if (![base, target].every((one) => one === undefined || isPartitionTable(one))) return false
  if (![suspended, halted].every((one) => one === undefined || one)) return false
  if (ended !== undefined && !(Array.isArray(ended) && ended.every(isEnded))) return false
  return (services === undefined || isServices(services)) && (merge === undefined || isMerge(merge))
}

function isServices(value: unknown): boolean {
  if (!isMap(value)) return false
  return Object.values(value).every((one) => isMap(one) && isServiceState(one['is']))
}

function isEnded(value: unknown): value is EndedMerge {
  return isMap(value) && typeof value['id'] === 'string' && typeof value['committed'] === 'boolean'
}

function isMerge(value: unknown): boolean {
  if (!isMap(value)) return false
  const { id, since, plannedAt, closingAt, givers, opened } = value
  if (givers !== undefined && !(Array.isArray(givers) && givers.every((name) => typeof name === 'string'))) return false
  const isNamed = typeof id === 'string' && id.length > 0 && id.length <= idMax
  return isNamed && isCount(since) && isCount(plannedAt) && [closingAt ?? 0, opened ?? 0].every(isCount)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a record says of it; undefined where that is missing or not valid. */
export function placementOf({ state }: { readonly state: unknown }): PlacementState | undefined {
  const own = isMap(state) ? state['placement'] : undefined
  return isPlacement(own) ? own : undefined
}

/** What was last reached. */
export function baseOf({ base, table }: PlacementState): PartitionTable {
  return base ?? table
}

/** What is wanted. */
export function targetOf(own: PlacementState): PartitionTable {
  return own.target ?? baseOf(own)
}
