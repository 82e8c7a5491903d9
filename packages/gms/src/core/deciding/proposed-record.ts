import type { NodeName } from '@ring/platform'
import { type GmsContext, originOf, stateWith } from '../context.ts'
import { nextRecord } from '../record/next-record.ts'
import type { Outcomes } from '../record/outcomes.ts'
import type { PartStep } from '../record/state-part.ts'
import {
  changedView,
  type GroupRecord,
  isEmptyChange,
  type MergedSides,
  type Parole,
  type ViewChange,
  withBars,
} from '../record/view.ts'

/** What a record says of its view beside the change of members. */
export interface ViewExtras {
  readonly barred: readonly NodeName[]
  readonly paroles: readonly Parole[]
  readonly merged?: MergedSides
  /** What operations make of the state that belongs to the view. */
  readonly operate?: (state: unknown, step: PartStep) => { readonly state: unknown; readonly outcomes?: Outcomes }
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
