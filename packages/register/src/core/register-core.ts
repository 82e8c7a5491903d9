import type { Core, NodeName, Peer } from '@ring/platform'
import type { RegisterEffect, RegisterEvent, TimerName } from './events.ts'
import type { FormationOptions } from './forming/formation.ts'
import { type FirstContent, Founding } from './forming/founding.ts'
import { Ledger } from './ledger.ts'
import type { RegisterMessage } from './message.ts'
import { Outbox } from './outbox.ts'
import { positionOf, type RingRecord, samePosition, type Voter } from './record/record.ts'
import type { RegisterState } from './record/state.ts'
import { defaultTiming, type RegisterTiming } from './timing.ts'
import { Acceptor } from './voting/acceptor.ts'
import { Learner } from './voting/learner.ts'
import { Proposer, type RegisterParts } from './voting/proposer.ts'
import { type RegisterRules, soundRules } from './voting/rules.ts'

export interface RegisterCoreOptions {
  readonly name: NodeName
  readonly incarnation: number
  /** `memory`: nothing is stored, answers leave at once, and a restart forgets (rule R9). */
  readonly storage: 'disk' | 'memory'
  /** Missing where the record is opened by an `open-lineage` event or learned from others only. */
  readonly formation?: FormationOptions
  readonly firstContent?: FirstContent
  readonly timing?: Partial<RegisterTiming>
  /** Whether this voter may accept a record now: not while leases bind it (rule L1). Where it may not, it is asked again. */
  readonly mayAccept?: (next: RingRecord, nowMs: number) => boolean
}

type Start = Extract<RegisterEvent, { type: 'start' }>

/** A started register. */
interface Running extends RegisterParts {
  readonly acceptor: Acceptor
  readonly proposer: Proposer
  readonly learner: Learner
  /** Until this node holds a record. */
  founding: Founding | undefined
}

/**
 * One record, agreed on version by version by the voters that the version before names (rules R1 to R8). Deterministic: time
 * comes in with the events, chance in the `start` event and in how the shell spreads timers.
 */
export class RegisterCore implements Core<RegisterEvent, RegisterEffect> {
  readonly #options: RegisterCoreOptions
  readonly #timing: RegisterTiming
  readonly #rules: RegisterRules
  readonly #outbox: Outbox
  #running: Running | undefined

  constructor(options: RegisterCoreOptions, rules: RegisterRules = soundRules) {
    this.#options = options
    this.#timing = { ...defaultTiming, ...options.timing }
    this.#rules = rules
    this.#outbox = new Outbox(options.name)
  }

  /** The newest committed record that this node holds. Somebody else may hold a newer one. */
  get record(): RingRecord | undefined {
    return this.#running?.ledger.record
  }

  /** What this node has accepted as the next record, and does not know to be decided. */
  get pending(): RingRecord | undefined {
    if (this.#running === undefined) return undefined
    const { vote, record } = this.#running.ledger
    return record !== undefined && samePosition(vote.after, record) ? vote.accepted?.record : undefined
  }

  /** This node as a voter; known once started. */
  get self(): Voter | undefined {
    return this.#running?.self
  }

  get isSuperseded(): boolean {
    return this.#running?.ledger.vote.supersededBy !== undefined
  }

  step(event: RegisterEvent, nowMs: number): readonly RegisterEffect[] {
    this.#outbox.begin(nowMs)
    if (event.type === 'start') this.#start(event)
    else if (this.#running !== undefined) this.#take(this.#running, event)
    else if (event.type === 'propose' || event.type === 'open-lineage')
      this.#outbox.refuse(event.proposalId, 'not-started', 'the register was not started: wait for start() to end')
    if (this.#running !== undefined) this.#settleDown(this.#running)
    return this.#outbox.effects
  }

  #take(running: Running, event: Exclude<RegisterEvent, Start>): void {
    const { ledger, proposer, learner, founding } = running
    switch (event.type) {
      case 'message':
        if (!this.isSuperseded) this.#onMessage(running, event.from, event.message)
        return
      case 'propose':
        if (this.#mayAct(event.proposalId)) proposer.propose(event)
        return
      case 'abandon':
        proposer.abandon(event.proposalId)
        return
      case 'open-lineage':
        if (this.#mayAct(event.proposalId)) learner.openLineage(event)
        return
      case 'rejoin':
        learner.rejoin()
        return
      case 'seen':
        founding?.see(event.names)
        return
      case 'stored':
        this.#outbox.sendAll(ledger.stored(event.writeId))
        return
      case 'store-failed':
        if (ledger.storeFailed(event.writeId)) this.#outbox.arm('store', this.#timing.storeRetryMs)
        return
      case 'timer':
        this.#onTimer(running, event.timer)
        return
      case 'resumed':
        proposer.onResumed(event.gapMs)
    }
  }

  /** Handles what this node sent itself and begins writes, until nothing is left to do in this step. */
  #settleDown(running: Running): void {
    const incarnation = this.#options.incarnation as Peer['incarnation']
    const self: Peer = { name: running.self.name, incarnation, role: 'server' }
    for (;;) {
      const free = running.ledger.flush((effect) => {
        this.#outbox.emit(effect)
      })
      this.#outbox.sendAll(free)
      const message = this.#outbox.takeOwn()
      if (message === undefined) return
      if (!this.isSuperseded) this.#onMessage(running, self, message)
    }
  }

  #start(event: Start): void {
    const running = this.#assemble(event)
    this.#running = running
    const { record, vote } = running.ledger
    if (record !== undefined) this.#outbox.emit({ type: 'committed', record })
    if (vote.supersededBy !== undefined) this.#outbox.emit({ type: 'superseded', by: vote.supersededBy })
    running.founding?.goOn()
    running.learner.sync()
    running.proposer.finishWhatIsOpen()
  }

  #assemble(event: Start): Running {
    const { state } = event
    const outbox = this.#outbox
    const self: Voter = { name: this.#options.name, voterId: state?.vote.voterId ?? event.freshVoterId }
    const ledger = new Ledger(firstState(state, self), this.#options.storage === 'disk', state !== undefined)
    const formation = this.#formationOptions(ledger)
    // Ballots of this life must be above those of earlier lives of this directory, whatever the clock says.
    const incarnation = Math.max(this.#options.incarnation, ledger.vote.incarnation + 1)
    ledger.setVote({ ...ledger.vote, incarnation, ...(formation?.joinOnly === true ? { joinOnly: true } : {}) })
    const parts: RegisterParts = { self, ledger, outbox, rules: this.#rules, timing: this.#timing }
    const proposer = new Proposer(parts, (record) => {
      learner.hold(record)
    })
    const learner = new Learner(parts, proposer, () => {
      running.founding = undefined
    })
    const running: Running = {
      ...parts,
      proposer,
      learner,
      acceptor: new Acceptor(
        self.name,
        ledger,
        this.#rules,
        (terms) => running.founding?.mayVote(terms) === true,
        (next) => this.#options.mayAccept?.(next, outbox.nowMs) ?? true,
        (to, message) => {
          outbox.send(to, message)
        },
      ),
      founding: formation === undefined ? undefined : this.#founding(parts, proposer, formation, event),
    }
    return running
  }

  #founding(parts: RegisterParts, proposer: Proposer, formation: FormationOptions, event: Start): Founding {
    return new Founding(parts, proposer, {
      formation,
      fresh: event.state?.vote.promised === undefined,
      lineage: event.freshLineage,
      wallMs: event.wallMs,
      firstContent: this.#options.firstContent ?? (() => ({ view: null, state: null })),
    })
  }

  #formationOptions(ledger: Ledger): FormationOptions | undefined {
    const { formation } = this.#options
    if (formation === undefined || ledger.record !== undefined) return undefined
    return { ...formation, joinOnly: formation.joinOnly === true || ledger.vote.joinOnly === true }
  }

  #onMessage({ acceptor, proposer, learner, ledger, founding }: Running, from: Peer, message: RegisterMessage): void {
    switch (message.type) {
      case 'register.prepare':
        acceptor.onPrepare(from, message)
        return
      case 'register.accept':
        acceptor.onAccept(from, message)
        return
      case 'register.promise':
        proposer.onPromise(from, message)
        return
      case 'register.accepted':
        proposer.onAccepted(from, message)
        return
      case 'register.nack':
        proposer.onNack(message)
        return
      case 'register.held':
        proposer.onHeld(from, message)
        return
      case 'register.committed':
        learner.onCommitted(from, message)
        return
      case 'register.record':
        learner.learn(from, message.record)
        return
      case 'register.fetch':
        learner.onFetch(from, message.position)
        return
      case 'register.position':
        learner.onPosition(from, message.position)
        return
      case 'register.inquire':
        if (ledger.record === undefined) founding?.onInquiry(from, message)
        else this.#outbox.send(from.name, { type: 'register.record', record: ledger.record })
    }
  }

  #onTimer({ proposer, founding, learner, ledger }: Running, timer: TimerName): void {
    switch (timer) {
      case 'attempt':
        proposer.onTimer()
        return
      case 'form':
        founding?.goOn()
        return
      case 'sync':
        learner.sync()
        return
      case 'store':
        ledger.retry()
    }
  }

  #mayAct(proposalId: number): boolean {
    if (!this.isSuperseded) return true
    this.#outbox.refuse(proposalId, 'superseded', 'another lineage was recovered from this one: rejoin first')
    return false
  }
}

/**
 * A vote for a version that was decided since then is over; so is the word that this node's lineage was superseded,
 * which always follows the record it stopped at.
 */
function firstState(state: RegisterState | undefined, self: Voter): RegisterState {
  if (state === undefined) return { vote: { voterId: self.voterId, incarnation: 0 } }
  const { vote, record } = state
  if (record === undefined || samePosition(vote.after, record)) return state
  return { record, vote: { voterId: vote.voterId, incarnation: vote.incarnation, after: positionOf(record) } }
}
