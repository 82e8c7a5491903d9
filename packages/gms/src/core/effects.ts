import type { Answer } from '@ring/discovery'
import type { Address, DialOutcome, Incarnation, LinkEnd, NodeName, Peer, Resumed } from '@ring/platform'
import type { GmsMessage } from './messages.ts'
import type { GroupRecord, JoinReason, Member, ViewChange } from './view.ts'

/** What a discovery run is for: finding a group to enter, or finding other groups of the same name. */
export type DiscoveryPurpose = 'join' | 'merge'

/** What the world tells membership. */
export type GmsEvent =
  | { readonly type: 'start' }
  | { readonly type: 'leave' }
  | { readonly type: 'tick'; readonly wallMs: number }
  | Resumed
  | { readonly type: 'message'; readonly from: Peer; readonly message: GmsMessage }
  | { readonly type: 'link-up'; readonly peer: Peer }
  | { readonly type: 'link-down'; readonly peer: Peer; readonly end: LinkEnd }
  | { readonly type: 'dialled'; readonly token: number; readonly outcome: DialOutcome }
  | { readonly type: 'discovered'; readonly purpose: DiscoveryPurpose; readonly answers: readonly Answer[] }
  | { readonly type: 'committed'; readonly record: GroupRecord }
  | { readonly type: 'settled'; readonly version: number }
  | { readonly type: 'proposal-failed'; readonly id: number; readonly why: 'lost' | 'no-quorum' }

/** What membership asks of the world; executed in order. */
export type GmsEffect =
  | { readonly type: 'send'; readonly to: NodeName; readonly message: GmsMessage }
  | { readonly type: 'learn-address'; readonly name: NodeName; readonly address: Address }
  | { readonly type: 'disconnect'; readonly name: NodeName }
  | { readonly type: 'dial'; readonly token: number; readonly address: Address; readonly timeoutMs: number }
  | { readonly type: 'discover'; readonly purpose: DiscoveryPurpose }
  /** Decide `next` as the successor of the committed version before it. */
  | { readonly type: 'propose'; readonly id: number; readonly next: GroupRecord }
  /** A record that somebody says is committed: the register checks it and reports `committed`. */
  | { readonly type: 'learn-record'; readonly from: Peer; readonly record: GroupRecord }
  /** A committed view, once per version and in order: the one place where a view becomes visible. */
  | { readonly type: 'view'; readonly record: GroupRecord; readonly change: ViewChange }
  /** Known to be gone before the view says so (rule D1): the data plane passes it by. */
  | { readonly type: 'down'; readonly name: NodeName; readonly incarnation: Incarnation }
  /** After a long pause nothing may be delivered until `confirmed` or `rejoin` (rule M3). */
  | { readonly type: 'unconfirmed' }
  | { readonly type: 'confirmed' }
  /** This life was expelled; a new one with this incarnation asks to be let in again. */
  | { readonly type: 'rejoin'; readonly incarnation: Incarnation }
  | { readonly type: 'left' }
  | { readonly type: 'status'; readonly status: GroupStatus }

/** Where this node stands, for people and for readiness checks. */
export type GroupStatus =
  | { readonly phase: 'discovering'; readonly waitingFor: readonly string[] }
  | { readonly phase: 'joining'; readonly coordinator: NodeName }
  | { readonly phase: 'member'; readonly nonPrimary: boolean; readonly missing: readonly NodeName[] }
  | { readonly phase: 'leaving' }
  | { readonly phase: 'left' }

/** What this node is, as the others see it; `incarnation` changes with a rejoin. */
export interface Identity {
  readonly name: NodeName
  readonly address: Address
  readonly voterId: string
  incarnation: Incarnation
}

/** The life that an identity leads now, as a member. */
export function memberOf(self: Identity, why: JoinReason): Member {
  return { name: self.name, incarnation: self.incarnation, address: self.address, voterId: self.voterId, why }
}
