import type { Address, Incarnation, NodeName } from '@ring/platform'
import type { OperationRequest, OperationResult } from './deciding/operation.ts'
import type { Bar } from './record/bar.ts'
import type { ViewDelta } from './record/delta.ts'
import type { Progress } from './record/progress.ts'
import type { Applicant, GroupRecord } from './record/view.ts'

/** Everything membership says over control links; names as in JGroups where it has them. */
export type GmsMessage =
  | { readonly type: 'gms.join-req'; readonly applicant: Applicant }
  | { readonly type: 'gms.join-rsp'; readonly record: GroupRecord }
  | { readonly type: 'gms.join-refused'; readonly reason: JoinRefusal }
  /** The sender does not take the life that a merge took in. */
  | { readonly type: 'gms.decline'; readonly incarnation: Incarnation }
  | { readonly type: 'gms.leave-req'; readonly incarnation: Incarnation }
  | { readonly type: 'gms.leave-rsp' }
  | { readonly type: 'gms.view'; readonly record: GroupRecord }
  /** A step from the record before; who cannot take it asks for the whole. */
  | { readonly type: 'gms.delta'; readonly delta: ViewDelta }
  | { readonly type: 'gms.view-req' }
  | { readonly type: 'gms.view-ack'; readonly progress: Progress }
  /** `cannotVote`: the sender cannot store what it votes, and is not to coordinate. */
  | { readonly type: 'gms.ping'; readonly seq: number; readonly progress?: Progress; readonly cannotVote?: boolean }
  | {
      readonly type: 'gms.ack'
      readonly seq: number
      readonly progress?: Progress
      readonly knowsYou: boolean
      readonly cannotVote?: boolean
      readonly unsure?: boolean
    }
  | { readonly type: 'gms.ping-req'; readonly seq: number; readonly target: NodeName }
  /** Grant me a lease for this version. */
  | { readonly type: 'gms.lease-req'; readonly seq: number; readonly progress: Progress }
  /** `granted` by a voter for `forMs`, its own term, from the question on. */
  | {
      readonly type: 'gms.lease-rsp'
      readonly seq: number
      readonly granted: boolean
      readonly forMs?: number
    }
  /**
   * `first` names who began to doubt, and which doubt of its own this is, where it is passed on (large groups). `soon`:
   * somebody outside said that it is dead, and every probe failed.
   */
  | {
      readonly type: 'gms.suspect'
      readonly name: NodeName
      readonly incarnation: Incarnation
      readonly first?: { readonly by: NodeName; readonly seq: number }
      readonly soon?: boolean
    }
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
  | { readonly type: 'gms.follow'; readonly progress?: Progress; readonly speaks?: number }
  /** A member says something else of itself. */
  | { readonly type: 'gms.describe'; readonly applicant: Applicant }
  /** For the coordinator: take this life out, and keep the name out. */
  | { readonly type: 'gms.expel'; readonly name: NodeName; readonly incarnation: Incarnation; readonly bar?: Bar }
  | { readonly type: 'gms.admit'; readonly name: NodeName }
  /** For the coordinator, or whoever passes it on: what somebody wants of a part of the record. */
  | { readonly type: 'gms.operation-req'; readonly request: OperationRequest }
  | { readonly type: 'gms.operation-rsp'; readonly id: string; readonly result: OperationResult }
  /** The sender cannot dial whom this goes to. */
  | { readonly type: 'gms.undialable'; readonly address: Address; readonly why: string }
  /** For the one who would act without it: it is alive, and the sender cannot dial it. */
  | { readonly type: 'gms.undialable-report'; readonly name: NodeName; readonly incarnation: Incarnation }
  /** Can you dial it? */
  | { readonly type: 'gms.dial-req'; readonly name: NodeName; readonly incarnation: Incarnation }
  | {
      readonly type: 'gms.dial-rsp'
      readonly name: NodeName
      readonly incarnation: Incarnation
      readonly reached: boolean
    }
  /** The sender has no more need of this link: whoever has none either closes it, and nobody takes it for a death. */
  | { readonly type: 'gms.idle' }

/** Why a JOIN_REQ was not taken, and what the newcomer can do. */
export type JoinRefusal =
  | {
      readonly kind: 'not-coordinator'
      readonly coordinator: NodeName
      readonly address: Address
      readonly incarnation?: Incarnation
    }
  | { readonly kind: 'older-life'; readonly known: Incarnation }
  | { readonly kind: 'barred' }
  /** Who sent it cannot dial the newcomer where that says it is. */
  | { readonly kind: 'undialable'; readonly address: Address; readonly why: string }
  | { readonly kind: 'busy' }
