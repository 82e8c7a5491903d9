import { chmpxOutcome, type Outcome } from '@ring/control-protocol'
import { placementOf, placementPart, plannedMoves, type ServiceOperation } from '@ring/merge'
import { placementSettingsOf } from '../../parts/placement-settings.ts'
import type { OperatedNode } from './operated-node.ts'
import { refusedOutcome } from './service-outcome.ts'

/** What would move, if this were done now; nothing is. */
export function planOf(node: OperatedNode, wanted: ServiceOperation): Outcome {
  const { record } = node.status
  const own = record && placementOf(record)
  if (!record || !own) return chmpxOutcome('not-allowed', ['This node has no view of its ring yet.'])
  // As an operator would do it: nothing follows by itself.
  const part = placementPart({ ...placementSettingsOf(node.latestSettings), automatic: false, movesData: true })
  const step = { change: { joined: [], left: [], updated: [] }, view: record.view, version: record.version + 1 }
  const { own: next, outcome } = part.apply(own, wanted, step)
  const said = outcome as Parameters<typeof refusedOutcome>[1] | { readonly ok: true }
  if (!said.ok) return refusedOutcome(wanted.do === 'service-out' ? 'SERVICEOUT' : 'SERVICEIN', said)
  const moves = plannedMoves(next, record.view)
  const partitions = next.table.partitions
  const lines = moves.map(({ from, to, partitions: count }) => `${count} of ${partitions} partitions: ${from} -> ${to}`)
  return chmpxOutcome('done', lines.length > 0 ? lines : ['Nothing would move.'], { moves, partitions })
}
