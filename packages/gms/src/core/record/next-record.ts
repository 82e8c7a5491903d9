import { type Origin, successor } from '@ring/register'
import type { Outcomes } from './outcomes.ts'
import { type GroupRecord, type View, votersOf } from './view.ts'

/** What the next record says that the one before it did not. */
export interface NextStep {
  readonly view: View
  readonly epoch: number
  readonly state: unknown
  readonly origin: Origin
  /** What it remembers of operations, where that changes. */
  readonly outcomes?: Outcomes
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
