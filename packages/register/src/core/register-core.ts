import type { Core, NodeName, Peer } from '@ring/platform'
import { Acceptor } from './acceptor.ts'
import type { Ballot } from './ballot.ts'
import type {
  OpenLineage,
  ProposalOutcome,
  RefusalReason,
  RegisterEffect,
  RegisterEvent,
  RegisterProposal,
  TimerName,
} from './events.ts'
import { Formation, type FormationOptions } from './formation.ts'
import { Ledger } from './ledger.ts'
import type { RegisterMessage } from './message.ts'
import { Proposal, type ProposalTerms } from './proposal.ts'
import { type Electorate, votersOf } from './quorum.ts'
import {
  contentFault,
  founder,
  type Origin,
  positionOf,
  type RecordContent,
  type RingRecord,
  samePosition,
  successor,
  type Voter,
} from './record.ts'
import { type RegisterRules, soundRules } from './rules.ts'
import type { RegisterState } from './state.ts'

/** Times in milliseconds. */
export interface RegisterTiming {
  /** How long a proposal waits for a quorum before it ends as unknown. */
  readonly proposalMs: number
  /** After this long without an answer a message is sent again. */
  readonly resendMs: number
  /** Up to this long a proposer stands back when somebody holds a higher ballot. */
  readonly standBackMs: number
  /** How often a node shows its position to one voter; 0 for never. */
  readonly syncMs: number
  /** How often the founders ask one another. */
  readonly formMs: number
  /** After this long a write that failed is tried again. */
  readonly storeRetryMs: number
}

export const defaultTiming: RegisterTiming = {
  proposalMs: 5_000,
  resendMs: 250,
  standBackMs: 150,
  syncMs: 1_000,
  formMs: 200,
  storeRetryMs: 500,
}

export interface RegisterCoreOptions {
  readonly name: NodeName
  readonly incarnation: number
  /** `memory`: nothing is stored, answers leave at once, and a restart forgets (rule R9). */
  readonly storage: 'disk' | 'memory'
  /** Missing where the record is opened by {@link OpenLineage} or learned from others only. */
  readonly formation?: FormationOptions
  /** What the first record holds; a pure function of its voters. */
  readonly firstContent?: (voters: readonly Voter[]) => Pick<RecordContent, 'view' | 'state'>
  readonly timing?: Partial<RegisterTiming>
}

/**
 * One record, agreed on version by version by the voters that the version before names (rules R1 to R8). Deterministic: time
 * comes in with the events, chance in the `start` event and in how the shell spreads timers.
 */
export class RegisterCore implements Core<RegisterEvent, RegisterEffect> {
  readonly #options: RegisterCoreOptions
  readonly #timing: RegisterTiming
  readonly #rules: RegisterRules
  #effects: RegisterEffect[] = []
  #toSelf: RegisterMessage[] = []
  #nowMs = 0
  #running: Running | undefined
  #proposal: Proposal | undefined
  #highestRound = 0
  #sequence = 0
  #fastUsedAfter = -1
  #syncTurn = 0
  #stoppedFor = 0

  constructor(options: RegisterCoreOptions, rules: RegisterRules = soundRules) {
    this.#options = options
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#rules = rules
  }

  /** The newest committed record that this node holds. Somebody else may hold a newer one. */
  get record(): RingRecord | undefined {
    return this.#running?.ledger.record
  }

  /** This node as a voter; known once started. */
  get self(): Voter | undefined {
    return this.#running?.self
  }

  get isSuperseded(): boolean {
    return this.#running?.ledger.vote.supersededBy !== undefined
  }

  step(event: RegisterEvent, nowMs: number): readonly RegisterEffect[] {
    this.#nowMs = nowMs
    this.#effects = []
    this.#take(event)
    this.#settleDown()
    return this.#effects
  }

  #take(event: RegisterEvent): void {
    if (event.type === 'start') {
      this.#start(event)
      return
    }
    const running = this.#running
    if (running === undefined) {
      if (event.type === 'propose' || event.type === 'open-lineage')
        this.#refuse(event.proposalId, 'not-started', 'the register has not been started: wait for start() to end')
      return
    }
    switch (event.type) {
      case 'message':
        if (!this.isSuperseded) this.#onMessage(running, event.from, event.message)
        return
      case 'propose':
        this.#propose(running, event)
        return
      case 'abandon':
        if (this.#proposal?.terms.proposalId === event.proposalId) this.#giveUp(this.#proposal)
        return
      case 'open-lineage':
        this.#openLineage(running, event)
        return
      case 'rejoin':
        this.#rejoin(running)
        return
      case 'seen':
        running.formation?.see(event.names)
        return
      case 'stored':
        this.#sendAll(running.ledger.stored(event.writeId))
        return
      case 'store-failed':
        if (running.ledger.storeFailed(event.writeId)) this.#arm('store', this.#timing.storeRetryMs)
        return
      case 'timer':
        this.#onTimer(running, event.timer)
        return
      case 'resumed':
        // The time away is not the proposal's fault; its messages are sent again by the timer that is due.
        if (this.#proposal !== undefined) this.#proposal.deadlineMs += event.gapMs
    }
  }

  /** Handles what this node sent itself and begins writes, until nothing is left to do in this step. */
  #settleDown(): void {
    const running = this.#running
    if (running === undefined) return
    const self: Peer = {
      ...running.self,
      incarnation: this.#options.incarnation as Peer['incarnation'],
      role: 'server',
    }
    for (;;) {
      this.#sendAll(running.ledger.flush((effect) => this.#effects.push(effect)))
      const message = this.#toSelf.shift()
      if (message === undefined) return
      if (!this.isSuperseded) this.#onMessage(running, self, message)
    }
  }

  #start(event: Extract<RegisterEvent, { type: 'start' }>): void {
    const { state } = event
    const self: Voter = { name: this.#options.name, voterId: state?.vote.voterId ?? event.freshVoterId }
    const ledger = new Ledger(firstState(state, self), this.#options.storage === 'disk')
    const record = ledger.record
    // Ballots of this life must be above those of earlier lives of this directory, whatever the clock says.
    const own = Math.max(this.#options.incarnation, ledger.vote.incarnation + 1)
    const formation = this.#formationOptions(ledger)
    ledger.setVote({ ...ledger.vote, incarnation: own, ...(formation?.joinOnly === true ? { joinOnly: true } : {}) })
    const fresh = state === undefined || (state.record === undefined && state.vote.promised === undefined)
    this.#running = {
      self,
      ledger,
      startMs: this.#nowMs,
      startWallMs: event.wallMs,
      freshLineage: event.freshLineage,
      formation: formation === undefined ? undefined : new Formation(formation, self, fresh, this.#nowMs, this.#rules),
      acceptor: new Acceptor(
        self.name,
        ledger,
        this.#rules,
        (terms) => this.#running?.formation?.mayVote(terms, this.#nowMs) === true,
        (to, message) => {
          this.#send(to, message)
        },
      ),
    }
    if (record !== undefined) this.#effects.push({ type: 'committed', record })
    const { supersededBy } = ledger.vote
    if (supersededBy !== undefined) this.#effects.push({ type: 'superseded', by: supersededBy })
    if (this.#running.formation !== undefined) this.#form(this.#running)
    if (this.#timing.syncMs > 0) this.#arm('sync', this.#timing.syncMs, this.#timing.syncMs / 2)
    this.#finishWhatIsOpen(this.#running)
  }

  #formationOptions(ledger: Ledger): FormationOptions | undefined {
    const { formation } = this.#options
    if (formation === undefined || ledger.record !== undefined) return undefined
    return { ...formation, joinOnly: formation.joinOnly === true || ledger.vote.joinOnly === true }
  }

  #onMessage(running: Running, from: Peer, message: RegisterMessage): void {
    const { ledger } = running
    switch (message.type) {
      case 'register.prepare':
        running.acceptor.onPrepare(from, message)
        return
      case 'register.accept':
        running.acceptor.onAccept(from, message)
        return
      case 'register.promise':
        this.#onPromise(running, from, message)
        return
      case 'register.accepted':
        this.#onAccepted(running, from, message)
        return
      case 'register.nack':
        this.#onNack(message)
        return
      case 'register.committed':
        this.#learn(running, from, message.record)
        if (message.confirm && samePosition(ledger.record, message.record))
          ledger.answerWhenStored(from.name, {
            type: 'register.held',
            ...positionOf(message.record),
            voterId: running.self.voterId,
          })
        return
      case 'register.held':
        if (this.#proposal?.onHeld({ name: from.name, voterId: message.voterId }, message) === true)
          this.#endSettled(this.#proposal)
        return
      case 'register.record':
        this.#learn(running, from, message.record)
        return
      case 'register.fetch':
        this.#onFetch(running, from, message.position)
        return
      case 'register.position':
        if (!samePosition(message.position, ledger.record)) this.#comparePositions(running, from, message.position)
        return
      case 'register.inquire':
        this.#onInquiry(running, from, message)
    }
  }

  // Proposing

  #propose(running: Running, event: RegisterProposal): void {
    const { proposalId, next } = event
    const { record } = running.ledger
    const refuse = (reason: RefusalReason, text: string): void => {
      this.#refuse(proposalId, reason, text)
    }
    if (this.isSuperseded) {
      refuse('superseded', 'another lineage was recovered from this one: rejoin first')
      return
    }
    if (record === undefined) {
      refuse('no-record', 'this node holds no record yet: wait for the formation, or join')
      return
    }
    const fault = contentFault(next, record.epoch)
    if (fault !== undefined) {
      refuse('invalid', `the proposed record is not valid: ${fault}`)
      return
    }
    if (event.expectedVersion !== record.version) {
      this.#end(proposalId, { kind: 'lost', record })
      return
    }
    if (this.#proposal !== undefined && this.#proposal.terms.proposalId !== undefined) {
      refuse('busy', 'another change is under way at this node: propose again when it has ended')
      return
    }
    const own = successor(record, next, this.#nextOrigin(running))
    this.#open(running, {
      proposalId,
      after: positionOf(record),
      electorate: votersOf(record.voters, this.#rules),
      own,
      deadlineMs: this.#nowMs + this.#timing.proposalMs,
    })
  }

  #open(running: Running, terms: ProposalTerms): void {
    this.#proposal = new Proposal(terms, this.#rules)
    if (!this.#tryFastPath(running, this.#proposal, terms)) this.#proposal.prepare(this.#nextBallot(running))
    this.#sendProposal(running, this.#proposal)
  }

  /** Rule R5: one value, once, by the life that the present record names. */
  #tryFastPath(running: Running, proposal: Proposal, { after, own }: ProposalTerms): boolean {
    const { record, vote } = running.ledger
    if (after === undefined || own === undefined || record?.origin.name !== running.self.name) return false
    if (record.origin.incarnation !== this.#ownIncarnation(running)) return false
    if (this.#fastUsedAfter === after.version && this.#rules.fastOnce) return false
    if (vote.promised !== undefined && samePosition(vote.after, after) && this.#rules.fastOnce) return false
    this.#fastUsedAfter = after.version
    proposal.acceptAtOnce({ round: 0, incarnation: record.origin.incarnation, name: running.self.name }, own)
    return true
  }

  #sendProposal(running: Running, proposal: Proposal): void {
    this.#arm('attempt', this.#timing.resendMs, this.#timing.resendMs / 4)
    // Not before this life's incarnation is on the disk: a later life must not come to the same ballots.
    for (const { voter, message } of proposal.messages()) running.ledger.answerWhenStored(voter.name, message)
  }

  #onPromise(running: Running, from: Peer, message: Extract<RegisterMessage, { type: 'register.promise' }>): void {
    const proposal = this.#proposal
    if (proposal === undefined || !samePosition(message.after, proposal.terms.after)) return
    const voter = { name: from.name, voterId: message.voterId }
    const next = proposal.onPromise(voter, message.ballot, message.accepted)
    if (next === 'nothing') {
      this.#proposal = undefined
      this.#noteSettled(running)
    } else if (next === 'accept') {
      this.#noteSettled(running)
      this.#sendProposal(running, proposal)
    }
  }

  /** Whoever votes after a record has stored it: a quorum that votes on the next version settles this one. */
  #noteSettled(running: Running): void {
    const { record } = running.ledger
    if (record !== undefined) this.#effects.push({ type: 'settled', version: record.version })
  }

  #onAccepted(running: Running, from: Peer, message: Extract<RegisterMessage, { type: 'register.accepted' }>): void {
    const proposal = this.#proposal
    if (proposal === undefined || !samePosition(message.after, proposal.terms.after)) return
    const record = proposal.onAccepted({ name: from.name, voterId: message.voterId }, message.ballot)
    if (record === undefined) return
    const tell = new Set([...proposal.terms.electorate.voters, ...record.voters].map((voter) => voter.name))
    proposal.settle(record, votersOf(record.voters, this.#rules))
    this.#hold(running, record)
    const finished = proposal.keepsQuorums(record) || !this.#rules.settleFirst
    for (const name of tell)
      if (name !== running.self.name) this.#send(name, { type: 'register.committed', record, confirm: !finished })
    if (finished) this.#endSettled(proposal)
    else this.#sendToSelfIfVoter(running, record)
  }

  #sendToSelfIfVoter(running: Running, record: RingRecord): void {
    this.#arm('attempt', this.#timing.resendMs, this.#timing.resendMs / 4)
    if (record.voters.some((voter) => voter.name === running.self.name))
      this.#send(running.self.name, { type: 'register.committed', record, confirm: true })
  }

  #onNack(message: Extract<RegisterMessage, { type: 'register.nack' }>): void {
    this.#highestRound = Math.max(this.#highestRound, message.promised?.round ?? 0)
    const proposal = this.#proposal
    if (proposal?.isMine(message) !== true) return
    const wasFast = message.ballot.round === 0
    if (message.promised === undefined && !wasFast) return
    proposal.pause()
    this.#arm('attempt', wasFast ? 0 : this.#timing.standBackMs / 5, this.#timing.standBackMs)
  }

  #onAttemptTimer(running: Running): void {
    const proposal = this.#proposal
    if (proposal === undefined) return
    if (this.#nowMs >= proposal.deadlineMs) {
      this.#giveUp(proposal)
      return
    }
    if (proposal.phase === 'paused') proposal.prepare(this.#nextBallot(running))
    this.#sendProposal(running, proposal)
  }

  #giveUp(proposal: Proposal): void {
    this.#proposal = undefined
    const { settling, mayHaveHappened } = proposal
    const outcome: ProposalOutcome =
      settling === undefined
        ? { kind: 'unknown', mayHaveHappened }
        : proposal.isOwn(settling)
          ? { kind: 'committed', record: settling, settled: false }
          : { kind: 'lost', record: settling }
    this.#end(proposal.terms.proposalId, outcome)
  }

  #endSettled(proposal: Proposal): void {
    const record = proposal.settling
    if (record === undefined) return
    this.#proposal = undefined
    this.#effects.push({ type: 'settled', version: record.version })
    this.#end(
      proposal.terms.proposalId,
      proposal.isOwn(record) ? { kind: 'committed', record, settled: true } : { kind: 'lost', record },
    )
  }

  /** A restarted voter that accepted something does not know whether it was chosen: it finishes it (rule R1). */
  #finishWhatIsOpen(running: Running): void {
    const { record, vote } = running.ledger
    if (record === undefined || vote.accepted === undefined || this.isSuperseded) return
    this.#open(running, {
      proposalId: undefined,
      after: positionOf(record),
      electorate: votersOf(record.voters, this.#rules),
      own: undefined,
      deadlineMs: this.#nowMs + this.#timing.proposalMs,
    })
  }

  #nextBallot(running: Running): Ballot {
    const { name } = running.self
    if (!this.#rules.ballotsOfOneLife) return { round: ++this.#highestRound, incarnation: 0, name }
    this.#highestRound = Math.max(this.#highestRound, running.ledger.vote.promised?.round ?? 0) + 1
    return { round: this.#highestRound, incarnation: this.#ownIncarnation(running), name }
  }

  #nextOrigin(running: Running): Origin {
    return { name: running.self.name, incarnation: this.#ownIncarnation(running), sequence: ++this.#sequence }
  }

  #ownIncarnation(running: Running): number {
    return running.ledger.vote.incarnation
  }

  // Learning

  /** Takes in a record that somebody says is committed. */
  #learn(running: Running, from: Peer, record: RingRecord): void {
    const own = running.ledger.record
    if (own === undefined) {
      this.#hold(running, record)
    } else if (own.lineage === record.lineage) {
      if (record.version > own.version) this.#hold(running, record)
      else if (record.version < own.version) this.#send(from.name, { type: 'register.record', record: own })
    } else if (record.parent?.reason === 'recovered' && record.ancestors.includes(own.lineage)) {
      if (this.#rules.recoverySupersedes) this.#stopActing(running, record)
    } else if (own.ancestors.includes(record.lineage) && own.parent?.reason === 'recovered') {
      this.#send(from.name, { type: 'register.record', record: own })
    } else {
      this.#effects.push({ type: 'foreign', from: from.name, record })
    }
  }

  /** Holds a later record: a new version to vote on begins, and what was proposed for this one has ended. */
  #hold(running: Running, record: RingRecord): void {
    const { ledger } = running
    if (samePosition(ledger.record, record)) return
    const { voterId, incarnation } = ledger.vote
    ledger.setRecord(record)
    ledger.setVote({ voterId, incarnation, after: positionOf(record) })
    running.formation = undefined
    this.#effects.push({ type: 'committed', record })
    this.#closeProposal(record)
  }

  #closeProposal(record: RingRecord): void {
    const proposal = this.#proposal
    if (proposal === undefined || samePosition(proposal.settling, record)) return
    this.#proposal = undefined
    const { settling, terms } = proposal
    if (settling !== undefined) {
      // Somebody got a quorum of the new voters for a later version, so they all hold this one.
      const settled = settling.lineage === record.lineage
      this.#end(
        terms.proposalId,
        proposal.isOwn(settling)
          ? { kind: 'committed', record: settling, settled }
          : { kind: 'lost', record: settling },
      )
      return
    }
    const isNext = terms.after?.lineage === record.lineage && terms.after.version + 1 === record.version
    if (isNext && proposal.isOwn(record)) this.#end(terms.proposalId, { kind: 'committed', record, settled: false })
    else if (isNext || !proposal.mayHaveHappened) this.#end(terms.proposalId, { kind: 'lost', record })
    else this.#end(terms.proposalId, { kind: 'unknown', mayHaveHappened: true })
  }

  #onFetch(running: Running, from: Peer, position: { lineage: string; version: number } | undefined): void {
    const { record } = running.ledger
    if (record === undefined || samePosition(position, record)) return
    this.#send(from.name, { type: 'register.record', record })
    // It asked because it was behind what was proposed to it: that can be answered now.
    for (const { voter, message } of this.#proposal?.messages() ?? [])
      if (voter.name === from.name) this.#send(voter.name, message)
  }

  #comparePositions(running: Running, from: Peer, position: { lineage: string; version: number }): void {
    const { record } = running.ledger
    if (record === undefined) this.#send(from.name, { type: 'register.fetch' })
    else if (position.lineage === record.lineage && position.version > record.version)
      this.#send(from.name, { type: 'register.fetch', position: positionOf(record) })
    else this.#send(from.name, { type: 'register.record', record })
  }

  #sync(running: Running): void {
    if (this.#timing.syncMs > 0) this.#arm('sync', this.#timing.syncMs, this.#timing.syncMs / 2)
    const { record } = running.ledger
    const others = record?.voters.filter((voter) => voter.name !== running.self.name) ?? []
    const other = others[this.#syncTurn++ % Math.max(1, others.length)]
    if (record === undefined || other === undefined || this.isSuperseded) return
    this.#send(other.name, { type: 'register.position', position: positionOf(record) })
  }

  // Lineages

  #openLineage(running: Running, event: OpenLineage): void {
    const { record } = running.ledger
    const previous = record === undefined ? undefined : { record, reason: event.reason }
    const opened = founder(event.lineage, event.content, this.#nextOrigin(running), event.wallMs, previous)
    const fault = contentFault(opened, 0)
    if (fault !== undefined) {
      this.#refuse(event.proposalId, 'invalid', `the proposed record is not valid: ${fault}`)
      return
    }
    if (this.#proposal !== undefined) this.#giveUp(this.#proposal)
    const self: Electorate = votersOf([running.self], this.#rules)
    const terms = { proposalId: event.proposalId, after: undefined, electorate: self, own: opened }
    this.#proposal = new Proposal({ ...terms, deadlineMs: this.#nowMs + this.#timing.proposalMs }, this.#rules)
    // Nobody votes: an operator (or rule M5) decided. It is finished when this node itself has stored it.
    this.#proposal.settle(opened, self)
    this.#hold(running, opened)
    for (const name of new Set([...opened.voters, ...(record?.voters ?? [])].map((voter) => voter.name)))
      if (name !== running.self.name && event.reason === 'recovered')
        this.#send(name, { type: 'register.committed', record: opened, confirm: false })
    this.#arm('attempt', this.#timing.resendMs)
    this.#send(running.self.name, { type: 'register.committed', record: opened, confirm: true })
  }

  #stopActing(running: Running, by: RingRecord): void {
    running.ledger.setVote({ ...running.ledger.vote, supersededBy: by })
    if (this.#proposal !== undefined) this.#giveUp(this.#proposal)
    this.#effects.push({ type: 'superseded', by })
  }

  #rejoin(running: Running): void {
    const { supersededBy } = running.ledger.vote
    if (supersededBy !== undefined) this.#hold(running, supersededBy)
  }

  // Formation

  #form(running: Running): void {
    const { formation } = running
    if (formation === undefined) return
    this.#arm('form', this.#timing.formMs, this.#timing.formMs / 2)
    for (const name of formation.names)
      if (name !== running.self.name) this.#send(name, formation.inquiry(this.#nowMs, false))
    const next = formation.next(this.#nowMs)
    if (next.kind === 'stopped' && next.names.length !== this.#stoppedFor) {
      this.#stoppedFor = next.names.length
      this.#effects.push({ type: 'formation-stopped', names: next.names })
    }
    if (next.kind === 'propose' && this.#proposal === undefined) this.#found(running, formation, next.electorate)
  }

  #found(running: Running, formation: Formation, electorate: Electorate): void {
    const voters = formation.firstVoters(electorate)
    const content = this.#options.firstContent?.(voters) ?? { view: null, state: null }
    const wallMs = running.startWallMs + (this.#nowMs - running.startMs)
    const origin = this.#nextOrigin(running)
    const own = founder(running.freshLineage, { ...content, voters, operations: [] }, origin, wallMs)
    this.#open(running, {
      proposalId: undefined,
      after: undefined,
      electorate,
      own,
      deadlineMs: this.#nowMs + this.#timing.proposalMs / 2,
    })
  }

  #onInquiry(running: Running, from: Peer, message: Extract<RegisterMessage, { type: 'register.inquire' }>): void {
    const { record } = running.ledger
    if (record !== undefined) this.#send(from.name, { type: 'register.record', record })
    else if (running.formation !== undefined) {
      running.formation.hear(from.name, message)
      if (!message.answer) this.#send(from.name, running.formation.inquiry(this.#nowMs, true))
    }
  }

  // Effects

  #onTimer(running: Running, timer: TimerName): void {
    switch (timer) {
      case 'attempt':
        this.#onAttemptTimer(running)
        return
      case 'form':
        this.#form(running)
        return
      case 'sync':
        this.#sync(running)
        return
      case 'store':
        running.ledger.retry()
    }
  }

  #arm(timer: TimerName, delayMs: number, spreadMs = 0): void {
    this.#effects.push({ type: 'timer', timer, delayMs, spreadMs })
  }

  #send(to: NodeName, message: RegisterMessage): void {
    if (to === this.#options.name) this.#toSelf.push(message)
    else this.#effects.push({ type: 'send', to, message })
  }

  #sendAll(outgoing: readonly { readonly to: NodeName; readonly message: RegisterMessage }[]): void {
    for (const { to, message } of outgoing) this.#send(to, message)
  }

  #refuse(proposalId: number, reason: RefusalReason, text: string): void {
    this.#end(proposalId, { kind: 'refused', reason, text })
  }

  #end(proposalId: number | undefined, outcome: ProposalOutcome): void {
    if (proposalId !== undefined) this.#effects.push({ type: 'proposal-ended', proposalId, outcome })
  }
}

/** What a started register consists of. */
interface Running {
  readonly self: Voter
  readonly ledger: Ledger
  readonly acceptor: Acceptor
  readonly startMs: number
  readonly startWallMs: number
  readonly freshLineage: string
  /** Until this node holds a record. */
  formation: Formation | undefined
}

/** A vote for a version that was decided since then is over. */
function firstState(state: RegisterState | undefined, self: Voter): RegisterState {
  if (state === undefined) return { vote: { voterId: self.voterId, incarnation: 0 } }
  const { vote, record } = state
  const after = record === undefined ? undefined : positionOf(record)
  if (samePosition(vote.after, after)) return state
  const { voterId, incarnation, supersededBy } = vote
  if (record === undefined) return state
  return {
    ...state,
    vote: {
      voterId,
      incarnation,
      ...(after === undefined ? {} : { after }),
      ...(supersededBy === undefined ? {} : { supersededBy }),
    },
  }
}
