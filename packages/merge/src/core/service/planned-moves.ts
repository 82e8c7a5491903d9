import type { View } from '@ring/gms'
import { moves } from '@ring/placement'
import { type PlacementState, targetOf } from './placement-state.ts'

/** How much one server is to get from another. */
export interface PlannedMove {
  /** Who holds it now; one that is down gives nothing. */
  readonly from: string
  readonly to: string
  readonly partitions: number
}

/** What a merge of this would move, by who gives and who gets. */
export function plannedMoves(own: PlacementState, { members }: View): readonly PlannedMove[] {
  const up = new Set<string>(members.map(({ name }) => name))
  const counts = new Map<string, PlannedMove>()
  for (const { from, to } of moves(own.table, targetOf(own))) {
    if (!up.has(to)) continue
    const key = JSON.stringify([from, to])
    counts.set(key, { from, to, partitions: 1 + (counts.get(key)?.partitions ?? 0) })
  }
  return [...counts.values()].sort((one, other) => other.partitions - one.partitions)
}
