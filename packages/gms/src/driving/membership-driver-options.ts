import type { DiscoveryProtocol } from '@ring/discovery'
import type { Address, Clock, Disk, Incarnation, Logger, NodeName, NodeRole, Random } from '@ring/platform'
import type { GroupStatus } from '../core/effects.ts'
import type { ViewMerging } from '../core/meeting/merging.ts'
import type { MemberMetadata } from '../core/record/metadata.ts'
import type { StatePart } from '../core/record/state-part.ts'
import type { GroupRecord, MergedSides, ViewChange } from '../core/record/view.ts'
import type { DetectProfile } from '../core/timing.ts'

export interface MembershipDriverOptions {
  readonly name: NodeName
  readonly role: NodeRole
  readonly incarnation: Incarnation
  /** Where this node listens, as the others can dial it; a slave has none. */
  readonly address: Address
  /** The servers of the configuration, this node included if it is one. */
  readonly servers: readonly { readonly name: NodeName; readonly address: Address }[]
  readonly quorum: 'none' | 'majority'
  readonly detect: DetectProfile
  readonly clock: Clock
  readonly random: Random
  /** What of the record follows the view in the same commit (rule M1), and can be operated on. */
  readonly parts?: readonly StatePart[]
  /** Where the register keeps its promises (`QUORUM = majority`); without one, only with `forgetful` (rule R9). */
  readonly disk?: Disk
  readonly forgetful?: boolean
  /** How many servers form the group, where they are not listed but found (`QUORUM = majority`, rule R7). */
  readonly expect?: number
  /** Takes no part in forming a group. */
  readonly joinOnly?: boolean
  /** How the others are found (default TCPPING over `servers`). */
  readonly discovery?: DiscoveryProtocol
  /** How groups that were apart come together (`QUORUM = none`); by default the smaller one simply gives way. */
  readonly merging?: ViewMerging
  /** What this node says of itself (`describe` of the driver changes it). */
  readonly metadata?: MemberMetadata
  /** Votes, and serves nothing. */
  readonly witness?: boolean
  readonly logger?: Logger
}

/** What membership tells the node. Calls come one at a time, views once per version and in order. */
export interface MembershipListener {
  onView(record: GroupRecord, change: ViewChange): void
  /** A server that is gone although the view still has it (rule D1). */
  onDown(name: NodeName, incarnation: Incarnation): void
  /** After a pause: deliver nothing until `onConfirmed` or `onRejoin` (rule M3). */
  onUnconfirmed(doubt: number): void
  /** The answer to the question that `onUnconfirmed` was told of as `doubt`, as to this life. */
  onConfirmed(incarnation: Incarnation, doubt: number): void
  /** This life is over by its own decision, and acts no more; `onRejoin` follows. */
  onExpelled?(): void
  /** This life was expelled; a new one has begun. */
  onRejoin(incarnation: Incarnation): void
  onStatus(status: GroupStatus): void
  /** A member that this node hears nothing of, or hears of again, while the view has it. */
  onSuspect?(name: NodeName, incarnation: Incarnation, suspected: boolean): void
  /** Groups came together; right before the `onView` of the same record. */
  onMerged?(record: GroupRecord, sides: MergedSides): void
}
