import type { Accepted } from '../message.ts'
import type { Ballot } from '../voting/ballot.ts'
import type { Position, RingRecord } from './record.ts'

/** What a voter must not forget besides the record (rule R4). */
export interface VoteState {
  readonly voterId: string
  /** The highest incarnation under which this directory made ballots. */
  readonly incarnation: number
  /** The record whose successor is voted on; missing before the first. */
  readonly after?: Position
  readonly promised?: Ballot
  readonly accepted?: Accepted
  /** This directory was begun join-only, and holds no record yet: it founds nothing in later lives either (rule R7). */
  readonly joinOnly?: boolean
  /** The first record of the lineage that replaced this node's own, until it has rejoined (rule R8). */
  readonly supersededBy?: RingRecord
}

/** All that is on the disk. */
export interface RegisterState {
  readonly vote: VoteState
  readonly record?: RingRecord
}

/** One file to be replaced, whole. */
export type RegisterWrite =
  | { readonly file: 'record'; readonly record: RingRecord }
  | { readonly file: 'vote'; readonly vote: VoteState }
