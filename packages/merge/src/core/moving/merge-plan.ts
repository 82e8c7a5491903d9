import type { GroupRecord } from '@ring/gms'
import { moves, type PartitionTable, rowOf } from '@ring/placement'
import { movingPartitions } from '../service/holdings.ts'
import { type PlacementState, placementOf, targetOf } from '../service/placement-state.ts'
import { traitsOf } from '../service/service-state.ts'
import { type KeySet, runsOf, type Selection } from './selection.ts'

/** A life that keys are had from. */
export interface Giver {
  readonly server: string
  readonly incarnation: number
}

/** Keys that a server is to get from another one. */
export interface Pull {
  readonly from: Giver
  /** Partitions of the present table of which it lacks something, one byte for each. */
  readonly wanted: Uint8Array
  /** What those are, and in which partitions of the next table they have to be, where that has others. */
  readonly present: Omit<KeySet, 'runs'>
  readonly next: KeySet | undefined
}

/** What a merge asks of one server, by one record. */
export interface MergePlan {
  readonly id: string
  readonly plannedAt: number
  readonly closingAt: number | undefined
  /** Whether this server has to say that it is done. */
  readonly isDoing: boolean
  /** It lives anew: what its programs had before is replaced. */
  readonly isReturning: boolean
  readonly pulls: readonly Pull[]
  /** What it holds that moves; undefined where it holds none. */
  readonly gives: Selection | undefined
}

/** What the merge that is under way asks of `self`; undefined where there is none. */
export function mergePlanOf(record: GroupRecord, self: string): MergePlan | undefined {
  const placement = placementOf(record)
  if (!placement?.merge) return undefined
  const { merge, services } = placement
  const state = services?.[self]?.is ?? 'out'
  return {
    ...{ id: merge.id, plannedAt: merge.plannedAt, closingAt: merge.closingAt },
    isDoing: traitsOf(state).progress === 'doing',
    isReturning: state.startsWith('returning'),
    pulls: pullsOf(placement, record, self),
    gives: givenBy(placement, self),
  }
}

function pullsOf(placement: PlacementState, { view }: GroupRecord, self: string): readonly Pull[] {
  const { table } = placement
  const target = targetOf(placement)
  const wantedFrom = new Map<string, Uint8Array>()
  for (const { fromPartition, from, to } of moves(table, target)) {
    if (to !== self) continue
    const wanted = wantedFrom.get(from) ?? new Uint8Array(table.partitions)
    wanted[fromPartition] = 1
    wantedFrom.set(from, wanted)
  }
  const next = isSameShape(table, target) ? undefined : setOf(target, (row) => row.includes(self))
  return [...wantedFrom].flatMap(([server, wanted]) => {
    const life = view.members.find(({ name }) => name === server)
    if (!life) return []
    const { strategy, partitions } = table
    return { from: { server, incarnation: life.incarnation }, wanted, present: { strategy, partitions }, next }
  })
}

function givenBy(placement: PlacementState, self: string): Selection | undefined {
  const { table } = placement
  const moving = movingPartitions(table, targetOf(placement))
  const given = setOf(table, (row, partition) => moving[partition] === 1 && row.includes(self))
  return given.runs.length > 0 ? [given] : undefined
}

/** What `self` holds by a record: its programs keep nothing else once a merge is over. */
export function heldBy(record: GroupRecord, self: string): Selection {
  const placement = placementOf(record)
  return placement ? [setOf(placement.table, (row) => row.includes(self))] : []
}

function setOf(table: PartitionTable, isIn: (row: readonly string[], partition: number) => boolean): KeySet {
  const { strategy, partitions } = table
  const marked = Uint8Array.from({ length: partitions }, (_, at) => (isIn(rowOf(table, at), at) ? 1 : 0))
  return { strategy, partitions, runs: runsOf(marked) }
}

function isSameShape(one: PartitionTable, other: PartitionTable): boolean {
  return one.strategy === other.strategy && one.partitions === other.partitions
}
