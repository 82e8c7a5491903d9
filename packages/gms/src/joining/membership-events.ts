import type { Address, Incarnation, NodeName } from '@ring/platform'
import type { MemberMetadata } from '../core/record/metadata.ts'
import type { GroupRecord, JoinReason, LeaveReason, Member, MergedSides } from '../core/record/view.ts'

/** One member of a group: one life of a node. */
export interface GroupMember {
  readonly name: NodeName
  /** Rises with every start and every rejoin: of two lives of a name, the higher one is the later. */
  readonly incarnation: Incarnation
  readonly address: Address
  /** How this life came into the view. */
  readonly why: JoinReason
  /** What it says of itself. */
  readonly metadata: MemberMetadata
  /** It votes, and serves nothing. */
  readonly isWitness: boolean
}

/** Who is in the group, in the order on which all members agree. It never changes; the next view is a new object. */
export interface GroupView {
  /** The group's random id; another one means that it was formed anew, or that a part of it went its own way. */
  readonly lineage: string
  /** Rises with every change within a lineage. */
  readonly version: number
  /** Oldest first. */
  readonly members: readonly GroupMember[]
  /** The first member; undefined only where a follower sees a group that everybody has left. */
  readonly coordinator: GroupMember | undefined
}

/** A new view, and what it changed. The first one of a life names all its members as joined. */
export interface ViewEvent {
  readonly type: 'view'
  readonly view: GroupView
  readonly joined: readonly GroupMember[]
  readonly left: readonly { readonly member: GroupMember; readonly why: LeaveReason }[]
  /** Lives that stay, and say something else of themselves. */
  readonly updated: readonly GroupMember[]
}

/** This member hears nothing of another one, or hears of it again. It is in the view until a `view` event takes it out. */
export interface SuspectEvent {
  readonly type: 'suspect'
  readonly name: NodeName
  readonly incarnation: Incarnation
  readonly suspected: boolean
}

/**
 * Groups that were apart have come together; the `view` event of the same view follows. The first side's state holds: what
 * the others agreed on meanwhile is discarded.
 */
export interface MergeEvent {
  readonly type: 'merge'
  readonly view: GroupView
  readonly sides: MergedSides
}

/** (`quorum: 'majority'`) A quorum of voters has granted this member a lease: no other side can say so now. */
export interface PrimaryEvent {
  readonly type: 'primary'
}

/**
 * (`quorum: 'majority'`) The lease has ended, or no quorum is in reach: the view is the last one that was agreed, and may be
 * out of date.
 */
export interface NonPrimaryEvent {
  readonly type: 'nonPrimary'
  /** The voters that are missing, as far as they are known. */
  readonly missing: readonly NodeName[]
}

/** The process did not run for a while: act on nothing until `confirmed`, or until `rejoin` and the view after it. */
export interface UnconfirmedEvent {
  readonly type: 'unconfirmed'
}

/** After a pause: the others still count this life in. */
export interface ConfirmedEvent {
  readonly type: 'confirmed'
}

/** This life was expelled, or its group gave way to another. A new life asks to be let in; a `view` event follows. */
export interface RejoinEvent {
  readonly type: 'rejoin'
  readonly incarnation: Incarnation
}

/** This process has left; nothing follows. */
export interface LeftEvent {
  readonly type: 'left'
}

export type MembershipEvent =
  | ViewEvent
  | SuspectEvent
  | MergeEvent
  | PrimaryEvent
  | NonPrimaryEvent
  | UnconfirmedEvent
  | ConfirmedEvent
  | RejoinEvent
  | LeftEvent

export type MembershipEventType = MembershipEvent['type']

export type EventOfType<Type extends MembershipEventType> = Extract<MembershipEvent, { readonly type: Type }>

/** Called for one event after the other. What it throws is logged and stops nobody; a promise is not waited for. */
export type MembershipEventListener<Type extends MembershipEventType> = (event: EventOfType<Type>) => unknown

/** A listener for each type of event that is wanted. */
export type MembershipListeners = { readonly [Type in MembershipEventType]?: MembershipEventListener<Type> }

/** The members' part of a record. */
export function viewOf({ lineage, version, view }: GroupRecord): GroupView {
  const members = Object.freeze(view.members.map(publicMember))
  return Object.freeze({ lineage, version, members, coordinator: members[0] })
}

/** What the others need to know of a member; how it is known as a voter is not for them. */
export function publicMember({ name, incarnation, address, why, metadata = {}, witness = false }: Member): GroupMember {
  return Object.freeze({ name, incarnation, address, why, metadata, isWitness: witness })
}
