import type { NodeName } from '@ring/platform'
import { type Origin, successor } from '@ring/register'
import { type GmsContext, originOf, stateWith } from './context.ts'
import type { Outcomes } from './outcomes.ts'
import type { PartStep } from './state-part.ts'
import {
  changedView,
  type GroupRecord,
  isEmptyChange,
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
  /** What it remembers of operations, where that changes. */
  readonly outcomes?: Outcomes
}

/** What a record says of its view beside the change of members. */
export interface ViewExtras {
  readonly barred: readonly NodeName[]
  readonly paroles: readonly Parole[]
  readonly merged?: MergedSides
  /** What operations make of the state that belongs to the view. */
  readonly operate?: (state: unknown, step: PartStep) => { readonly state: unknown; readonly outcomes?: Outcomes }
}

/** The record after `record`: whoever knows the step makes the same one, who proposes it and who takes it as a delta. */
export function nextRecord(record: GroupRecord, step: NextStep, quorum: 'none' | 'majority'): GroupRecord {
  const { view, epoch, state, origin, outcomes } = step
  const voters = votersOf(view, quorum)
  // The last member takes nobody's vote away: it votes on its own end.
  const content = {
    view,
    epoch,
    state,
    voters: voters.length > 0 ? voters : record.voters,
    operations: outcomes ? outcomes.last.map(({ id }) => id) : record.operations,
    ...(outcomes && { outcomes }),
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
  const version = record.version + 1
  const followed = isEmptyChange(change) ? record.state : stateWith(context, record, change, view, version)
  const operated = extras?.operate?.(followed, { change, view, version })
  const step = { view, epoch, state: followed, origin: originOf(context), ...operated }
  return nextRecord(record, step, context.quorum)
}
