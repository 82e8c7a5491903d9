import type { NodeName } from '@ring/platform'
import { type Origin, successor } from '@ring/register'
import { type GmsContext, originOf, stateWith } from './context.ts'
import {
  changedView,
  type GroupRecord,
  type MergedSides,
  type Parole,
  type View,
  type ViewChange,
  votersOf,
  withBars,
} from './view.ts'

/** What the next record says that the one before it did not. */
export interface NextStep {
  readonly view: View
  readonly epoch: number
  readonly state: unknown
  readonly origin: Origin
}

/** What a record says of its view beside the change of members. */
export interface ViewExtras {
  readonly barred: readonly NodeName[]
  readonly paroles: readonly Parole[]
  readonly merged?: MergedSides
}

/** The record after `record`: whoever knows the step makes the same one, who proposes it and who takes it as a delta. */
export function nextRecord(record: GroupRecord, step: NextStep, quorum: 'none' | 'majority'): GroupRecord {
  const { view, epoch, state, origin } = step
  const voters = votersOf(view, quorum)
  // The last member takes nobody's vote away: it votes on its own end.
  const content = {
    view,
    epoch,
    state,
    voters: voters.length > 0 ? voters : record.voters,
    operations: record.operations,
  }
  return successor(record, content, origin) as GroupRecord
}

/** The record that this node proposes after `record`: view, voters and state change together (rule M1). */
export function proposedRecord(
  context: GmsContext,
  record: GroupRecord,
  change: ViewChange,
  extras?: ViewExtras,
): GroupRecord {
  const changed = changedView(record.view, change)
  const barring = extras ? withBars(changed, extras.barred, extras.paroles) : changed
  const view = extras?.merged ? { ...barring, merged: extras.merged } : barring
  const isMoved = change.joined.length + change.left.length > 0
  const epoch = record.epoch + (isMoved ? 1 : 0)
  const state = stateWith(context, record, change, view, record.version + 1)
  return nextRecord(record, { view, epoch, state, origin: originOf(context) }, context.quorum)
}
