import type { Answer } from '@ring/discovery'
import type { Address, DialOutcome, Incarnation, LinkEnd, NodeName, Peer } from '@ring/platform'
import type { Operation, OperationResult } from './deciding/operation.ts'
import type { MergeMessage } from './meeting/merging.ts'
import type { GmsMessage } from './messages.ts'
import type { MemberMetadata } from './record/metadata.ts'
import {
  type Applicant,
  type GroupRecord,
  type JoinReason,
  type Member,
  type MergedSides,
  speaksNow,
  type ViewChange,
} from './record/view.ts'

/** What a discovery run is for: finding a group to enter, or finding other groups of the same name. */
export type DiscoveryPurpose = 'join' | 'merge'

/** What the world tells membership. */
export type GmsEvent =
  | { readonly type: 'start' }
  | { readonly type: 'leave' }
  | { readonly type: 'tick' }
  /** The process stood still for `gapMs` just now, and was away for `awayMs` lately, shorter stops before it included (rule M3). */
  | { readonly type: 'resumed'; readonly gapMs: number; readonly awayMs: number }
  | { readonly type: 'message'; readonly from: Peer; readonly message: GmsMessage }
  /** A message of the merge protocol, decoded by it. */
  | { readonly type: 'merge-message'; readonly from: Peer; readonly message: object }
  | { readonly type: 'link-up'; readonly peer: Peer }
  | { readonly type: 'link-down'; readonly peer: Peer; readonly end: LinkEnd }
  | { readonly type: 'dialled'; readonly token: number; readonly outcome: DialOutcome }
  /** Discovery dialled an address, and somebody answered there. */
  | { readonly type: 'answered'; readonly address: Address; readonly peer: Peer }
  | { readonly type: 'discovered'; readonly purpose: DiscoveryPurpose; readonly answers: readonly Answer[] }
  | { readonly type: 'committed'; readonly record: GroupRecord }
  | { readonly type: 'settled'; readonly version: number }
  | { readonly type: 'proposal-failed'; readonly id: number; readonly why: 'lost' | 'no-quorum' | 'too-large' }
  /** Another process of this node's name answered from there, in that life. */
  | { readonly type: 'name-taken'; readonly at: string; readonly incarnation: Incarnation }
  /** Whether what this node votes can be stored, from now on. */
  | { readonly type: 'storage'; readonly isWell: boolean }
  /** This node says something else of itself from now on. */
  | { readonly type: 'describe'; readonly metadata: MemberMetadata }
  /** Somebody outside says that a member is dead: it is looked after at once. */
  | { readonly type: 'report'; readonly name: NodeName }
  /** Somebody wants something of a part of the record, or of the view itself ({@link membersPart}); waited for so long. */
  | { readonly type: 'propose'; readonly operation: Operation; readonly forMs: number }

/** What membership asks of the world; executed in order. */
export type GmsEffect =
  /** A message of its own, or of the merge protocol that sits in it. */
  | { readonly type: 'send'; readonly to: NodeName; readonly message: GmsMessage | MergeMessage }
  | { readonly type: 'learn-address'; readonly name: NodeName; readonly address: Address }
  | { readonly type: 'disconnect'; readonly name: NodeName }
  | { readonly type: 'dial'; readonly token: number; readonly address: Address; readonly timeoutMs: number }
  /** `thorough`: everybody is to be heard, not only the first one who is a member. */
  | {
      readonly type: 'discover'
      readonly purpose: DiscoveryPurpose
      readonly addresses?: readonly Address[]
      readonly thorough?: boolean
    }
  /** Decide `next` as the successor of the committed version before it. */
  | { readonly type: 'propose'; readonly id: number; readonly next: GroupRecord }
  /** A record that somebody says is committed: the register checks it and reports `committed`. */
  | { readonly type: 'learn-record'; readonly from: Peer; readonly record: GroupRecord }
  /** Groups came together in this record; comes right before its `view`. */
  | { readonly type: 'merged'; readonly record: GroupRecord; readonly sides: MergedSides }
  /** A committed view, once per version and in order: the one place where a view becomes visible. */
  | { readonly type: 'view'; readonly record: GroupRecord; readonly change: ViewChange }
  /** Silent or not, as this node sees it, while the view still has it. */
  | {
      readonly type: 'suspect'
      readonly name: NodeName
      readonly incarnation: Incarnation
      readonly suspected: boolean
    }
  /** Somebody that this node talks to cannot be dialled where it says it is; told at most once a minute for each. */
  | { readonly type: 'undialable'; readonly name: NodeName; readonly address: Address; readonly why: string }
  /** The others cannot dial this node. */
  | { readonly type: 'not-reached'; readonly by: NodeName; readonly address: Address; readonly why: string }
  /** Known to be gone before the view says so (rule D1): the data plane passes it by. */
  | { readonly type: 'down'; readonly name: NodeName; readonly incarnation: Incarnation }
  /** After a long pause nothing may be delivered until `confirmed` or `rejoin` (rule M3). */
  | { readonly type: 'unconfirmed'; readonly doubt: number }
  /** The answer to the question `doubt`, which was asked by this life. */
  | { readonly type: 'confirmed'; readonly incarnation: Incarnation; readonly doubt: number }
  /** This life is out, by its own decision; its next one follows with `rejoin`. */
  | { readonly type: 'expelled' }
  /** This life was expelled; a new one with this incarnation asks to be let in again. */
  | { readonly type: 'rejoin'; readonly incarnation: Incarnation }
  /** How an operation ended that was proposed here. */
  | { readonly type: 'operation-ended'; readonly id: string; readonly result: OperationResult }
  /** A part threw instead of answering, which is a fault of its program. */
  | { readonly type: 'part-failed'; readonly part: string; readonly cause: unknown }
  | { readonly type: 'left' }
  | { readonly type: 'status'; readonly status: GroupStatus }

/** Why a member takes no requests: its state directory cannot be written, so it cannot vote; or it is alone because the others cannot dial it. */
export type Obstacle =
  | { readonly kind: 'cannot-vote' }
  | { readonly kind: 'undialable'; readonly by: NodeName; readonly address: Address }
  /** Another node of this name is there, and was first. */
  | { readonly kind: 'name-taken'; readonly at: string }
/**
 * What a member says of its side, one of three. `primary`: under a quorum lease (rule M7), no other side can say so now; never
 * with `QUORUM = none`. `nonPrimary`: without a quorum of voters in reach. Neither: in between, or `QUORUM = none`.
 */
export type PrimaryStanding =
  | { readonly primary: true; readonly nonPrimary: false }
  | { readonly primary: false; readonly nonPrimary: boolean }

/** Where this node stands, for people and for readiness checks. */
export type GroupStatus =
  | { readonly phase: 'discovering'; readonly waitingFor: readonly string[] }
  | { readonly phase: 'joining'; readonly coordinator: NodeName }
  /** The group does not let this name in until somebody admits it (rule M8). */
  | { readonly phase: 'barred'; readonly by: NodeName }
  /** A node of this name is there already: this one does not join, which would put that one out. */
  | { readonly phase: 'name-taken'; readonly at: string }
  /** The group does not let this life in before it can be dialled at the address that it gives. */
  | { readonly phase: 'undialable'; readonly by: NodeName; readonly address: Address }
  | ({
      readonly phase: 'member'
      readonly missing: readonly NodeName[]
      /** Why it takes no requests although it is a member. */
      readonly obstacle?: Obstacle
    } & PrimaryStanding)
  | { readonly phase: 'leaving' }
  | { readonly phase: 'left' }

/** What this node is, as the others see it; a rejoin changes `incarnation`, its user `metadata`. */
export interface Identity {
  readonly name: NodeName
  readonly address: Address
  readonly voterId: string
  readonly witness?: boolean
  /** How long the leases last that it grants. */
  readonly leaseMs?: number
  incarnation: Incarnation
  metadata?: MemberMetadata
}

/** What an identity says of itself when it asks to be let in. */
export function applicantOf({ name, incarnation, address, voterId, metadata, witness, leaseMs }: Identity): Applicant {
  return {
    ...{ name, incarnation, address, voterId, speaks: speaksNow },
    ...(metadata && { metadata }),
    ...(witness === true && { witness }),
    ...(leaseMs !== undefined && { leaseMs }),
  }
}

/** The life that an identity leads now, as a member. */
export function memberOf(self: Identity, why: JoinReason): Member {
  return { ...applicantOf(self), why }
}
