import type { NodeName, Peer } from '@ring/platform'
import type { ProposalOutcome, RegisterProposal } from '../events.ts'
import type { Ledger } from '../ledger.ts'
import type { AcceptedAnswer, Held, Nack, Promised } from '../message.ts'
import type { Outbox } from '../outbox.ts'
import {
  contentFault,
  type Origin,
  positionOf,
  type RingRecord,
  samePosition,
  successor,
  type Voter,
} from '../record/record.ts'
import type { RegisterTiming } from '../timing.ts'
import type { Ballot } from './ballot.ts'
import { Proposal, type ProposalTerms } from './proposal.ts'
import { type Electorate, votersOf } from './quorum.ts'
import type { RegisterRules } from './rules.ts'

/** What the parts of one started register share. */
export interface RegisterParts {
  readonly self: Voter
  readonly ledger: Ledger
  readonly outbox: Outbox
  readonly rules: RegisterRules
  readonly timing: RegisterTiming
}

/** Brings one proposal at a time through its ballots to its end. */
export class Proposer {
  readonly #parts: RegisterParts
  readonly #onChosen: (record: RingRecord) => void
  #proposal: Proposal | undefined
  #highestRound = 0
  #sequence = 0
  #fastUsedAfter = -1

  /** @param onChosen is called once a quorum has accepted, before anybody is told */
  constructor(parts: RegisterParts, onChosen: (record: RingRecord) => void) {
    this.#parts = parts
    this.#onChosen = onChosen
  }

  get isIdle(): boolean {
    return this.#proposal === undefined
  }

  nextOrigin(): Origin {
    const { self, ledger } = this.#parts
    return { name: self.name, incarnation: ledger.vote.incarnation, sequence: ++this.#sequence }
  }

  propose({ proposalId, expectedVersion, next }: RegisterProposal): void {
    const { ledger, outbox, rules, timing } = this.#parts
    const { record } = ledger
    if (record === undefined) {
      outbox.refuse(proposalId, 'no-record', 'this node holds no record yet: wait for the formation, or join')
      return
    }
    const fault = contentFault(next, record.epoch)
    if (fault !== undefined) {
      outbox.refuse(proposalId, 'invalid', `the proposed record is not valid: ${fault}`)
      return
    }
    if (expectedVersion !== record.version) {
      outbox.end(proposalId, { kind: 'lost', record })
      return
    }
    if (!rules.anybodyProposes && !this.#isOriginOf(record)) {
      outbox.end(proposalId, { kind: 'unknown', mayHaveHappened: false })
      return
    }
    if (this.#proposal?.terms.proposalId !== undefined) {
      outbox.refuse(proposalId, 'busy', 'another change is under way at this node: propose again when it has ended')
      return
    }
    this.open({
      proposalId,
      after: positionOf(record),
      electorate: votersOf(record.voters, rules),
      own: successor(record, next, this.nextOrigin()),
      deadlineMs: outbox.nowMs + timing.proposalMs,
    })
  }

  open(terms: ProposalTerms): void {
    const proposal = new Proposal(terms, this.#parts.rules)
    this.#proposal = proposal
    if (!this.#tryFastPath(proposal, terms)) proposal.prepare(this.#nextBallot())
    this.#send(proposal)
  }

  /** A restarted voter that accepted something does not know whether it was chosen: it finishes it (rule R1). */
  finishWhatIsOpen(): void {
    const { ledger, outbox, rules, timing } = this.#parts
    const { record, vote } = ledger
    if (record === undefined || vote.accepted === undefined || vote.supersededBy !== undefined) return
    this.open({
      proposalId: undefined,
      after: positionOf(record),
      electorate: votersOf(record.voters, rules),
      own: undefined,
      deadlineMs: outbox.nowMs + timing.proposalMs,
    })
  }

  /** A record that needs no vote is finished when this node itself has stored it. */
  adopt(proposalId: number, record: RingRecord): void {
    const { self, outbox, rules, timing } = this.#parts
    this.giveUp()
    const electorate: Electorate = votersOf([self], rules)
    const deadlineMs = outbox.nowMs + timing.proposalMs
    const proposal = new Proposal({ proposalId, after: undefined, electorate, own: record, deadlineMs }, rules)
    proposal.settle(record, electorate)
    this.#proposal = proposal
    this.#onChosen(record)
    this.#send(proposal)
  }

  onPromise(from: Peer, message: Promised): void {
    const proposal = this.#proposal
    if (proposal === undefined || !samePosition(message.after, proposal.terms.after)) return
    const voter = { name: from.name, voterId: message.voterId }
    const next = proposal.onPromise(voter, message.ballot, message.accepted)
    if (next === 'waiting') return
    this.#noteSettled()
    if (next === 'accept') this.#send(proposal)
    else this.#proposal = undefined
  }

  onAccepted(from: Peer, message: AcceptedAnswer): void {
    const proposal = this.#proposal
    if (proposal === undefined || !samePosition(message.after, proposal.terms.after)) return
    const record = proposal.onAccepted({ name: from.name, voterId: message.voterId }, message.ballot)
    if (record === undefined) return
    const { self, outbox, rules, timing } = this.#parts
    proposal.settle(record, votersOf(record.voters, rules))
    this.#onChosen(record)
    const finished = proposal.keepsQuorums(record) || !rules.settleFirst
    const tell = new Set([...proposal.terms.electorate.voters, ...record.voters].map((voter) => voter.name))
    // The leaders of old and new hear of it; the own disk counts as well where this node stays a voter.
    for (const name of tell)
      if (name !== self.name || !finished) outbox.send(name, { type: 'register.committed', record, confirm: !finished })
    if (finished) this.#endSettled(proposal)
    else outbox.arm('attempt', timing.resendMs, timing.resendMs / 4)
  }

  onNack(message: Nack): void {
    this.#highestRound = Math.max(this.#highestRound, message.promised?.round ?? 0)
    const proposal = this.#proposal
    if (proposal?.isMine(message) !== true) return
    const wasFast = message.ballot.round === 0
    // Somebody who does not vote is no reason to begin anew; a refused fast path is.
    if (message.promised === undefined && !wasFast) return
    const { outbox, timing } = this.#parts
    proposal.pause()
    outbox.arm('attempt', wasFast ? 0 : timing.standBackMs / 5, timing.standBackMs)
  }

  onHeld(from: Peer, message: Held): void {
    const proposal = this.#proposal
    const voter = { name: from.name, voterId: message.voterId }
    if (proposal?.onHeld(voter, message) === true) this.#endSettled(proposal)
  }

  onTimer(): void {
    const proposal = this.#proposal
    if (proposal === undefined) return
    if (this.#parts.outbox.nowMs >= proposal.deadlineMs) {
      this.giveUp()
      return
    }
    if (proposal.phase === 'paused') proposal.prepare(this.#nextBallot())
    this.#send(proposal)
  }

  /** The time away is not the proposal's fault; its messages are sent again by the timer that is due. */
  onResumed(gapMs: number): void {
    if (this.#proposal !== undefined) this.#proposal.deadlineMs += gapMs
  }

  abandon(proposalId: number): void {
    if (this.#proposal?.terms.proposalId === proposalId) this.giveUp()
  }

  /** Ends what is under way with what is known of it. */
  giveUp(): void {
    const proposal = this.#proposal
    if (proposal === undefined) return
    this.#proposal = undefined
    const { settling, mayHaveHappened } = proposal
    this.#parts.outbox.end(
      proposal.terms.proposalId,
      settling === undefined ? { kind: 'unknown', mayHaveHappened } : chosen(proposal, settling, false),
    )
  }

  /** This node holds a later record: what was proposed for its place, or before it, has ended. */
  onRecord(record: RingRecord): void {
    const proposal = this.#proposal
    if (proposal === undefined || samePosition(proposal.settling, record)) return
    this.#proposal = undefined
    this.#parts.outbox.end(proposal.terms.proposalId, outcomeGiven(proposal, record))
  }

  /** Somebody was behind what was proposed to it, and can answer now. */
  sendAgain(to: NodeName): void {
    for (const { voter, message } of this.#proposal?.messages() ?? [])
      if (voter.name === to) this.#parts.outbox.send(to, message)
  }

  #send(proposal: Proposal): void {
    const { outbox, ledger, timing } = this.#parts
    outbox.arm('attempt', timing.resendMs, timing.resendMs / 4)
    // Not before this life's incarnation is on the disk: a later life must not come to the same ballots.
    for (const { voter, message } of proposal.messages()) ledger.answerWhenStored(voter.name, message)
  }

  #isOriginOf({ origin }: RingRecord): boolean {
    return origin.name === this.#parts.self.name && origin.incarnation === this.#parts.ledger.vote.incarnation
  }

  /** Rule R5: one value, once, by the life that the present record names. */
  #tryFastPath(proposal: Proposal, { after, own }: ProposalTerms): boolean {
    const { self, ledger, rules } = this.#parts
    const { record, vote } = ledger
    if (after === undefined || own === undefined || record?.origin.name !== self.name) return false
    if (record.origin.incarnation !== vote.incarnation) return false
    const isUsed = this.#fastUsedAfter === after.version || vote.promised !== undefined
    if (isUsed && rules.fastOnce) return false
    this.#fastUsedAfter = after.version
    proposal.acceptAtOnce({ round: 0, incarnation: vote.incarnation, name: self.name }, own)
    return true
  }

  /** Whoever votes after a record has stored it: a quorum that votes on the next version settles this one (rule R6). */
  #noteSettled(): void {
    const { record } = this.#parts.ledger
    if (record !== undefined) this.#parts.outbox.emit({ type: 'settled', version: record.version })
  }

  #endSettled(proposal: Proposal): void {
    const record = proposal.settling
    if (record === undefined) return
    this.#proposal = undefined
    this.#parts.outbox.emit({ type: 'settled', version: record.version })
    this.#parts.outbox.end(proposal.terms.proposalId, chosen(proposal, record, true))
  }

  #nextBallot(): Ballot {
    const { self, ledger, rules } = this.#parts
    const { name } = self
    if (!rules.ballotsOfOneLife) return { round: ++this.#highestRound, incarnation: 0, name }
    this.#highestRound = Math.max(this.#highestRound, ledger.vote.promised?.round ?? 0) + 1
    return { round: this.#highestRound, incarnation: ledger.vote.incarnation, name }
  }
}

function chosen(proposal: Proposal, record: RingRecord, settled: boolean): ProposalOutcome {
  return proposal.isOwn(record) ? { kind: 'committed', record, settled } : { kind: 'lost', record }
}

/** What a record that was learned from others says about a proposal. */
function outcomeGiven(proposal: Proposal, record: RingRecord): ProposalOutcome {
  const { settling, terms } = proposal
  // Somebody got a quorum of the new voters for a later version, so they all hold this one.
  if (settling !== undefined) return chosen(proposal, settling, settling.lineage === record.lineage)
  const isNext = terms.after?.lineage === record.lineage && terms.after.version + 1 === record.version
  if (isNext) return chosen(proposal, record, false)
  return proposal.mayHaveHappened ? { kind: 'unknown', mayHaveHappened: true } : { kind: 'lost', record }
}
