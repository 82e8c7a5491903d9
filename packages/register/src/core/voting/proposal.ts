import type { Accepted, Nack, RegisterMessage } from '../message.ts'
import { type Position, type RingRecord, sameOrigin, samePosition, sameQuorums, type Voter } from '../record/record.ts'
import { type Ballot, compareBallots } from './ballot.ts'
import type { Electorate } from './quorum.ts'
import type { RegisterRules } from './rules.ts'

/** Where a proposal stands. `paused`: somebody holds a higher ballot, and the next attempt waits a random while. */
type Phase =
  | { readonly kind: 'paused' }
  | { readonly kind: 'prepare'; readonly ballot: Ballot; readonly promises: Map<string, Accepted | undefined> }
  | { readonly kind: 'accept'; readonly ballot: Ballot; readonly record: RingRecord; readonly accepts: Set<string> }
  | { readonly kind: 'settle'; readonly record: RingRecord; readonly held: Set<string>; readonly needed: Electorate }

export interface ProposalTerms {
  /** Missing for one that only finishes what another began. */
  readonly proposalId: number | undefined
  readonly after: Position | undefined
  readonly electorate: Electorate
  /** Missing for one that only finishes what another began. */
  readonly own: RingRecord | undefined
  readonly deadlineMs: number
}

export interface ToSend {
  readonly voter: Voter
  readonly message: RegisterMessage
}

/** The proposer's half of single-decree Paxos: one version, as many ballots as it takes. */
export class Proposal {
  readonly terms: ProposalTerms
  readonly #rules: RegisterRules
  #phase: Phase = { kind: 'paused' }
  #ownWasSent = false
  deadlineMs: number

  constructor(terms: ProposalTerms, rules: RegisterRules) {
    this.terms = terms
    this.deadlineMs = terms.deadlineMs
    this.#rules = rules
  }

  get phase(): Phase['kind'] {
    return this.#phase.kind
  }

  /** Whether the own value may have been chosen without this node's knowledge. */
  get mayHaveHappened(): boolean {
    return this.#ownWasSent
  }

  /** The record that was chosen, while its change of voters settles. */
  get settling(): RingRecord | undefined {
    return this.#phase.kind === 'settle' ? this.#phase.record : undefined
  }

  isOwn(record: RingRecord): boolean {
    return this.terms.own !== undefined && sameOrigin(this.terms.own.origin, record.origin)
  }

  /** Begins an attempt under a ballot that was never used before. */
  prepare(ballot: Ballot): void {
    this.#phase = { kind: 'prepare', ballot, promises: new Map() }
  }

  /** Begins with ballot 0, which needs no promises (rule R5). */
  acceptAtOnce(ballot: Ballot, record: RingRecord): void {
    this.#accept(ballot, record)
  }

  pause(): void {
    this.#phase = { kind: 'paused' }
  }

  /** A promise came: `nothing` when a quorum has promised and there is no value to propose. */
  onPromise(voter: Voter, ballot: Ballot, accepted: Accepted | undefined): 'waiting' | 'accept' | 'nothing' {
    const phase = this.#phase
    if (phase.kind !== 'prepare' || compareBallots(phase.ballot, ballot) !== 0 || !this.#counts(voter)) return 'waiting'
    phase.promises.set(this.#key(voter), accepted)
    if (!this.terms.electorate.isQuorum((one) => phase.promises.has(this.#key(one)))) return 'waiting'
    const record = this.#valueFor(phase.promises)
    if (record === undefined) return 'nothing'
    this.#accept(phase.ballot, record)
    return 'accept'
  }

  /** An acceptance came. Returns the record when it is chosen by that. */
  onAccepted(voter: Voter, ballot: Ballot): RingRecord | undefined {
    const phase = this.#phase
    if (phase.kind !== 'accept' || compareBallots(phase.ballot, ballot) !== 0 || !this.#counts(voter)) return undefined
    phase.accepts.add(this.#key(voter))
    return this.terms.electorate.isQuorum((one) => phase.accepts.has(this.#key(one))) ? phase.record : undefined
  }

  isMine(nack: Nack): boolean {
    const phase = this.#phase
    return (
      (phase.kind === 'prepare' || phase.kind === 'accept') &&
      samePosition(nack.after, this.terms.after) &&
      compareBallots(phase.ballot, nack.ballot) === 0
    )
  }

  /** The record is chosen; it is finished only when `needed` has stored it (rule R6). */
  settle(record: RingRecord, needed: Electorate): void {
    this.#phase = { kind: 'settle', record, held: new Set(), needed }
  }

  /** A voter has stored the record. Returns whether the change is settled by that. */
  onHeld(voter: Voter, position: Position): boolean {
    const phase = this.#phase
    if (phase.kind !== 'settle' || !samePosition(phase.record, position)) return false
    phase.held.add(this.#key(voter))
    return phase.needed.isQuorum((one) => phase.held.has(this.#key(one)))
  }

  /** What is to be sent to those who have not yet answered the present phase. */
  messages(): readonly ToSend[] {
    const phase = this.#phase
    const slot = this.terms.after === undefined ? {} : { after: this.terms.after }
    const { formation, voters } = this.terms.electorate
    const terms = formation === undefined ? {} : { formation }
    const missing = (has: { has(key: string): boolean }, among: readonly Voter[]): readonly Voter[] =>
      among.filter((voter) => !has.has(this.#key(voter)))
    switch (phase.kind) {
      case 'paused':
        return []
      case 'prepare':
        return missing(phase.promises, voters).map((voter) => ({
          voter,
          message: { type: 'register.prepare', ...slot, ballot: phase.ballot, voterId: voter.voterId, ...terms },
        }))
      case 'accept':
        return missing(phase.accepts, voters).map((voter) => ({
          voter,
          message: {
            type: 'register.accept',
            ...slot,
            ballot: phase.ballot,
            voterId: voter.voterId,
            record: phase.record,
            ...terms,
          },
        }))
      case 'settle':
        return missing(phase.held, phase.needed.voters).map((voter) => ({
          voter,
          message: { type: 'register.committed', record: phase.record, confirm: true },
        }))
    }
  }

  /** Whether the record leaves voters and tie-breaker as they were, so that its acceptance alone settles it. */
  keepsQuorums(record: RingRecord): boolean {
    return this.terms.after !== undefined && sameQuorums(this.terms.electorate.voters, record.voters)
  }

  #accept(ballot: Ballot, record: RingRecord): void {
    if (this.isOwn(record)) this.#ownWasSent = true
    this.#phase = { kind: 'accept', ballot, record, accepts: new Set() }
  }

  #valueFor(promises: Map<string, Accepted | undefined>): RingRecord | undefined {
    let highest: Accepted | undefined
    for (const accepted of promises.values()) {
      if (accepted !== undefined && (highest === undefined || compareBallots(accepted.ballot, highest.ballot) > 0))
        highest = accepted
    }
    return (this.#rules.adoptAccepted ? highest?.record : undefined) ?? this.terms.own
  }

  #counts(voter: Voter): boolean {
    return this.terms.electorate.voters.some((one) => this.#key(one) === this.#key(voter))
  }

  #key(voter: Voter): string {
    return this.#rules.votersHaveIds ? `${voter.name} ${voter.voterId}` : voter.name
  }
}
