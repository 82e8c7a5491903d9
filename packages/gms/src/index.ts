/**
 * Group membership: who is in the group, in what order, and who has gone. Servers are members; slaves follow. A process
 * becomes one of them by {@link join}.
 *
 * @packageDocumentation
 */
export type { Logger } from '@ring/platform'
export { silent } from '@ring/platform'
export { type ControlMessage, encodeControlMessage, unpackControlMessage } from './control/control-packing.ts'
export { type ControlProtocol, ControlSwitchboard, type Decoded } from './control/control-switchboard.ts'
export { decodeApplicant } from './control/gms-message-schema.ts'
export type { MemberOperation, MemberOutcome } from './core/deciding/member-operations.ts'
export type { Operation, OperationRefusal, OperationResult } from './core/deciding/operation.ts'
export { holdsLeases } from './core/deciding/quorum-lease.ts'
export type { GroupStatus } from './core/effects.ts'
export type { GroupStanding } from './core/meeting/group-standing.ts'
export { groupStandingOf, hasPrecedence } from './core/meeting/group-standing.ts'
export type { MergePort, ViewMerger, ViewMerging } from './core/meeting/merging.ts'
export type { Bar } from './core/record/bar.ts'
export type { MemberMetadata } from './core/record/metadata.ts'
export { metadataFault } from './core/record/metadata.ts'
export { recoveredContent } from './core/record/recovery.ts'
export type { Applied, PartStep, StatePart } from './core/record/state-part.ts'
export { type ApplyRefusal, ownOf, StateParts } from './core/record/state-parts.ts'
export type {
  Applicant,
  GroupRecord,
  JoinReason,
  LeaveReason,
  Member,
  MergedSides,
  View,
  ViewChange,
} from './core/record/view.ts'
export { membersMax } from './core/record/view.ts'
export type { DetectProfile, Timing } from './core/timing.ts'
export { timingOf } from './core/timing.ts'
export { MembershipDriver } from './driving/membership-driver.ts'
export type { MembershipDriverOptions, MembershipListener } from './driving/membership-driver-options.ts'
export { beginLife, saveLife } from './driving/node-life.ts'
export type { OperationEnded, ProposeOptions, WantedOperation } from './driving/operation-calls.ts'
export {
  OperationInvalidError,
  OperationNoQuorumError,
  OperationRefusedError,
  OperationTimeoutError,
  OperationUnsupportedError,
} from './driving/operation-errors.ts'
export { propose } from './driving/propose.ts'
export type { StreamOptions } from './joining/event-delivery.ts'
export { join } from './joining/join.ts'
export type {
  JoinOptions,
  ListenOptions,
  ServerJoinOptions,
  ServerOption,
  SlaveJoinOptions,
} from './joining/join-options.ts'
export type { Membership, MembershipSelf } from './joining/membership.ts'
export {
  EventsOverflowError,
  JoinAbortedError,
  JoinOptionsError,
  JoinTimeoutError,
  MetadataError,
  StateInUseError,
} from './joining/membership-errors.ts'
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
} from './joining/membership-events.ts'
