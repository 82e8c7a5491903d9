/**
 * One record that a ring agrees on, version by version: compare-and-set over single-decree Paxos among the voters that the
 * record itself names. What stands in the record is its owners' business.
 *
 * @packageDocumentation
 */

export type { ProposalOutcome, RefusalReason } from './core/events.ts'
export type { FormationOptions } from './core/forming/formation.ts'
export type { RegisterMessage } from './core/message.ts'
export { agreedValueFault } from './core/record/agreed-value.ts'
export {
  founder,
  type Origin,
  operationsMax,
  type Parent,
  type Position,
  type RecordContent,
  type RingRecord,
  sameQuorums,
  successor,
  type Voter,
  votersMax,
} from './core/record/record.ts'
export type { RegisterCoreOptions } from './core/register-core.ts'
export { defaultTiming, type RegisterTiming } from './core/timing.ts'
export { isQuorumOf } from './core/voting/quorum.ts'
export { RegisterDriver, type RegisterListener, type RegisterSurroundings } from './driver.ts'
export {
  CommitRefusedError,
  RegisterStoppedError,
  StateCorruptError,
  StateDirectoryNeededError,
  StateUnreadableError,
} from './error.ts'
export { checkUnpacked, decodeMessage, messageBytesMax, recordBytesMax } from './messages.ts'
export { type Recovery, readStored, recoverStored, type StoredRegister } from './recovery.ts'
