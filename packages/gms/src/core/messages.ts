import type { Address, Incarnation, NodeName } from '@ring/platform'
import type { GroupRecord } from './view.ts'

/** What a newcomer says of itself. */
export interface Applicant {
  readonly name: NodeName
  readonly incarnation: Incarnation
  readonly address: Address
  readonly voterId: string
}

/** A version of a lineage: how far somebody's record is. */
export interface Progress {
  readonly lineage: string
  readonly version: number
}

/** Everything membership says over control links; names as in JGroups where it has them. */
export type GmsMessage =
  | { readonly type: 'gms.join-req'; readonly applicant: Applicant }
  | { readonly type: 'gms.join-rsp'; readonly record: GroupRecord }
  | { readonly type: 'gms.join-refused'; readonly reason: JoinRefusal }
  | { readonly type: 'gms.leave-req'; readonly incarnation: Incarnation }
  | { readonly type: 'gms.leave-rsp' }
  | { readonly type: 'gms.view'; readonly record: GroupRecord }
  | { readonly type: 'gms.view-req' }
  | { readonly type: 'gms.view-ack'; readonly progress: Progress }
  | { readonly type: 'gms.ping'; readonly seq: number; readonly progress?: Progress }
  | { readonly type: 'gms.ack'; readonly seq: number; readonly progress?: Progress; readonly knowsYou: boolean }
  | { readonly type: 'gms.ping-req'; readonly seq: number; readonly target: NodeName }
  | { readonly type: 'gms.suspect'; readonly name: NodeName; readonly incarnation: Incarnation }
  | { readonly type: 'gms.refute'; readonly incarnation: Incarnation; readonly refutation: number }
  | { readonly type: 'gms.refused-report'; readonly name: NodeName; readonly incarnation: Incarnation }
  | { readonly type: 'gms.linked-req'; readonly name: NodeName; readonly incarnation: Incarnation }
  | {
      readonly type: 'gms.linked-rsp'
      readonly name: NodeName
      readonly incarnation: Incarnation
      readonly linked: boolean
    }
  | { readonly type: 'gms.branch-req'; readonly progress: Progress; readonly lost: readonly NodeName[] }
  | { readonly type: 'gms.branch-rsp'; readonly progress: Progress; readonly lostToo: boolean }
  | { readonly type: 'gms.dissolve' }
  | { readonly type: 'gms.follow'; readonly progress?: Progress }

/** Why a JOIN_REQ was not taken, and what the newcomer can do. */
export type JoinRefusal =
  | { readonly kind: 'not-coordinator'; readonly coordinator: NodeName; readonly address: Address }
  | { readonly kind: 'older-life'; readonly known: Incarnation }
  | { readonly kind: 'barred' }
  | { readonly kind: 'busy' }
