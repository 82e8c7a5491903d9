import type { NodeName } from '@ring/platform'
import type { Position, RingRecord } from './record/record.ts'
import type { Ballot } from './voting/ballot.ts'
import type { FormationTerms } from './voting/quorum.ts'

/** A value that a voter accepted, and under which ballot. */
export interface Accepted {
  readonly ballot: Ballot
  readonly record: RingRecord
}

/** The version to decide: the one after `after`, or the first of all where that is missing. */
interface Slot {
  readonly after?: Position
  readonly ballot: Ballot
}

/** A request to one voter, which refuses it under another id (rule R3). */
interface ToVoter extends Slot {
  readonly voterId: string
  readonly formation?: FormationTerms
}

interface FromVoter extends Slot {
  readonly voterId: string
}

export type Prepare = ToVoter & { readonly type: 'register.prepare' }
export type Promised = FromVoter & { readonly type: 'register.promise'; readonly accepted?: Accepted }
export type Accept = ToVoter & { readonly type: 'register.accept'; readonly record: RingRecord }
export type AcceptedAnswer = FromVoter & { readonly type: 'register.accepted' }
/** `promised` is the higher ballot in the way; without it this node does not vote on that version. */
export type Nack = Slot & { readonly type: 'register.nack'; readonly promised?: Ballot }

/** A record that is decided. `confirm` asks for `held` once it is on the disk (rule R6). */
export interface Committed {
  readonly type: 'register.committed'
  readonly record: RingRecord
  readonly confirm: boolean
}
export interface Held extends Position {
  readonly type: 'register.held'
  readonly voterId: string
}

/** "I am at `position`: tell me if you have a later record"; `reply` asks for the record even so. */
export interface Fetch {
  readonly type: 'register.fetch'
  readonly position?: Position
}
/** The answer to anything that shows an older position. */
export interface RecordAnswer {
  readonly type: 'register.record'
  readonly record: RingRecord
}
/** The sender's position, now and then, so that who is behind learns of it. */
export interface PositionNotice {
  readonly type: 'register.position'
  readonly position: Position
}

/** Where a node without a record stands in the formation (rule R7). */
export interface Inquiry {
  readonly type: 'register.inquire'
  /** False in an answer, which is not answered again. */
  readonly answer: boolean
  readonly voterId: string
  /** All names the sender has seen, sorted. */
  readonly names: readonly NodeName[]
  /** Its state directory was empty when this life began. */
  readonly fresh: boolean
  /** It has asked everybody for long enough, and heard of no record. */
  readonly looked: boolean
  readonly joinOnly: boolean
}

export type RegisterMessage =
  | Prepare
  | Promised
  | Accept
  | AcceptedAnswer
  | Nack
  | Committed
  | Held
  | Fetch
  | RecordAnswer
  | PositionNotice
  | Inquiry
