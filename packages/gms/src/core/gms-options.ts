import type { NodeName, Random } from '@ring/platform'
import type { Identity } from './effects.ts'
import type { ViewMerging } from './meeting/merging.ts'
import type { StateParts } from './record/state-parts.ts'
import type { GroupRecord } from './record/view.ts'
import type { Timing } from './timing.ts'

export interface GmsOptions {
  readonly self: Identity
  readonly quorum: 'none' | 'majority'
  readonly timing: Timing
  readonly random: Random
  /** The names of the configured servers. */
  readonly configured: readonly NodeName[]
  /** How many there will be, where they are not all configured. */
  readonly expect?: number
  /** The record found in the state directory. */
  readonly stored?: GroupRecord
  /** What of the record follows the view in the same commit (rule M1), and can be operated on. */
  readonly parts: StateParts
  /** What this node as a voter has accepted and does not know to be decided. */
  readonly pending: () => GroupRecord | undefined
  /** How groups that were apart come together (`QUORUM = none`). */
  readonly merging: ViewMerging
}
