/**
 * Group membership: who is in the group, in what order, and who has gone. Servers are members; slaves follow.
 *
 * @packageDocumentation
 */
export { decodeControlMessage, encodeControlMessage } from './control-message.ts'
export type { GroupStatus } from './core/effects.ts'
export type { DetectProfile, Timing } from './core/timing.ts'
export { timingOf } from './core/timing.ts'
export type { GroupRecord, JoinReason, LeaveReason, Member, StateAfter, View, ViewChange } from './core/view.ts'
export type { MembershipDriverOptions, MembershipListener } from './membership-driver.ts'
export { MembershipDriver } from './membership-driver.ts'
