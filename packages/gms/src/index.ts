/**
 * Group membership: who is in the group, in what order, and who has gone. Servers are members; slaves follow. A process
 * becomes one of them by {@link join}.
 *
 * @packageDocumentation
 */
export type { Logger } from '@ring/platform'
export { silent } from '@ring/platform'
export { type ControlMessage, encodeControlMessage, unpackControlMessage } from './control-packing.ts'
export { type ControlProtocol, ControlSwitchboard, type Decoded } from './control-switchboard.ts'
export type { Bar } from './core/bar.ts'
export type { GroupStatus } from './core/effects.ts'
export type { GroupStanding } from './core/group-standing.ts'
export { groupStandingOf, hasPrecedence } from './core/group-standing.ts'
export type { MemberOperation, MemberOutcome } from './core/member-operations.ts'
export type { MergePort, ViewMerger, ViewMerging } from './core/merging.ts'
export type { MemberMetadata } from './core/metadata.ts'
export { metadataFault } from './core/metadata.ts'
export type { Operation, OperationRefusal, OperationResult } from './core/operation.ts'
export { recoveredContent } from './core/recovery.ts'
export type { Applied, PartStep, StatePart } from './core/state-part.ts'
export { type ApplyRefusal, ownOf, StateParts } from './core/state-parts.ts'
export type { DetectProfile, Timing } from './core/timing.ts'
export { timingOf } from './core/timing.ts'
export type {
  Applicant,
  GroupRecord,
  JoinReason,
  LeaveReason,
  Member,
  MergedSides,
  View,
  ViewChange,
} from './core/view.ts'
export { membersMax } from './core/view.ts'
export type { StreamOptions } from './event-delivery.ts'
export { decodeApplicant } from './gms-message-schema.ts'
export { join } from './join.ts'
export type { JoinOptions, ListenOptions, ServerJoinOptions, ServerOption, SlaveJoinOptions } from './join-options.ts'
export type { Membership, MembershipSelf } from './membership.ts'
export { MembershipDriver } from './membership-driver.ts'
export type { MembershipDriverOptions, MembershipListener } from './membership-driver-options.ts'
export {
  EventsOverflowError,
  JoinAbortedError,
  JoinOptionsError,
  JoinTimeoutError,
  MetadataError,
  StateInUseError,
} from './membership-errors.ts'
export type {
  ConfirmedEvent,
  EventOfType,
  GroupMember,
  GroupView,
  LeftEvent,
  MembershipEvent,
  MembershipEventListener,
  MembershipEventType,
  MembershipListeners,
  MergeEvent,
  NonPrimaryEvent,
  PrimaryEvent,
  RejoinEvent,
  SuspectEvent,
  UnconfirmedEvent,
  ViewEvent,
} from './membership-events.ts'
export { beginLife, saveLife } from './node-life.ts'
export type { OperationEnded, ProposeOptions, WantedOperation } from './operation-calls.ts'
export {
  OperationInvalidError,
  OperationNoQuorumError,
  OperationRefusedError,
  OperationTimeoutError,
  OperationUnsupportedError,
} from './operation-errors.ts'
export { propose } from './propose.ts'
