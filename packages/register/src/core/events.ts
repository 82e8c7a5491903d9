import type { NodeName, Peer, Resumed } from '@ring/platform'
import type { RegisterMessage } from './message.ts'
import type { Parent, RecordContent, RingRecord, Voter } from './record/record.ts'
import type { RegisterState, RegisterWrite } from './record/state.ts'

/** What a lineage is opened with, outside the ordinary course. */
export interface OpenLineage {
  readonly type: 'open-lineage'
  readonly proposalId: number
  /** A fresh random id. */
  readonly lineage: string
  readonly wallMs: number
  readonly reason: Parent['reason']
  readonly content: Omit<RecordContent, 'epoch'>
}

export type RegisterEvent =
  /** The first event: what was on the disk. `freshVoterId` and `freshLineage` are random, for use where none exist. */
  | {
      readonly type: 'start'
      readonly state: RegisterState | undefined
      readonly freshVoterId: string
      readonly freshLineage: string
      readonly wallMs: number
    }
  | { readonly type: 'message'; readonly from: Peer; readonly message: RegisterMessage }
  | {
      readonly type: 'propose'
      readonly proposalId: number
      readonly expectedVersion: number
      readonly next: RecordContent
    }
  /** The caller no longer waits. */
  | { readonly type: 'abandon'; readonly proposalId: number }
  | OpenLineage
  /** A superseded node is ready to follow the lineage that replaced its own. */
  | { readonly type: 'rejoin' }
  /** Names that discovery found. */
  | { readonly type: 'seen'; readonly names: readonly NodeName[] }
  | { readonly type: 'stored'; readonly writeId: number }
  | { readonly type: 'store-failed'; readonly writeId: number }
  | { readonly type: 'timer'; readonly timer: TimerName }
  | Resumed

/** One of each runs at most: arming it again replaces it. */
export type TimerName = 'attempt' | 'form' | 'sync' | 'store'

/** How a proposal ended. */
export type ProposalOutcome =
  /** `settled`: a quorum of the new voters holds it; only then may leavers leave (rule R6). */
  | { readonly kind: 'committed'; readonly record: RingRecord; readonly settled: boolean }
  /** Certainly not committed: another record has its place, or already had. */
  | { readonly kind: 'lost'; readonly record: RingRecord }
  /** Not known: no quorum answered in time, or later versions hide what became of it. */
  | { readonly kind: 'unknown'; readonly mayHaveHappened: boolean }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly text: string }

export type RefusalReason = 'busy' | 'invalid' | 'no-record' | 'superseded' | 'not-started'

export type RegisterEffect =
  | { readonly type: 'send'; readonly to: NodeName; readonly message: RegisterMessage }
  /** To be answered by `stored` or `store-failed`. One is under way at most; the writes are to be made in order. */
  | { readonly type: 'store'; readonly writeId: number; readonly writes: readonly RegisterWrite[] }
  /** Once for each version that this node comes to hold, rising (a node that was behind may skip some). */
  | { readonly type: 'committed'; readonly record: RingRecord }
  /** A quorum of the voters of this version is known to have stored it as committed. */
  | { readonly type: 'settled'; readonly version: number }
  | { readonly type: 'proposal-ended'; readonly proposalId: number; readonly outcome: ProposalOutcome }
  /** Another lineage was recovered from this one: this node stops acting until `rejoin` (rule R8). */
  | { readonly type: 'superseded'; readonly by: RingRecord }
  /** Somebody holds a record of a lineage that has nothing to do with this node's own. */
  | { readonly type: 'foreign'; readonly from: NodeName; readonly record: RingRecord }
  | { readonly type: 'formation-stopped'; readonly names: readonly NodeName[] }
  /** To be fired after `delayMs` plus a random part of `spreadMs`. */
  | { readonly type: 'timer'; readonly timer: TimerName; readonly delayMs: number; readonly spreadMs: number }

export type RegisterProposal = Extract<RegisterEvent, { type: 'propose' }>

/** This node's own part in the votes. */
export interface RegisterIdentity extends Voter {
  readonly incarnation: number
}
