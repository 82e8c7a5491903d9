import type { Answer } from '@ring/discovery'
import type { Core, DialOutcome, NodeName } from '@ring/platform'
import { Alarms } from './alarms.ts'
import type { Reach } from './alive/reach-notes.ts'
import { type GmsContext, lifeNamed, memberNamed, otherMembers, progressOf, send } from './context.ts'
import { applicantOf, type GmsEffect, type GmsEvent, type Obstacle } from './effects.ts'
import type { GmsOptions } from './gms-options.ts'
import { type MemberStatus, memberStatus } from './group-status.ts'
import { Inbox } from './inbox.ts'
import type { GmsMessage } from './messages.ts'
import { assembleParts, type GmsParts } from './parts.ts'
import { type GroupRecord, type Member, sameDetails, speaksDeltas } from './record/view.ts'
import { type GmsRules, soundRules } from './rules.ts'

/**
 * Membership of a server: joins, leaves, failure detection, views. Deterministic: the shell gives it messages, ticks,
 * dial outcomes and committed records, and carries out its effects.
 */
export class GmsCore implements Core<GmsEvent, GmsEffect> {
  readonly #context: GmsContext
  readonly #parts: GmsParts
  readonly #inbox: Inbox
  #effects: GmsEffect[] = []
  #proposals = 0

  constructor(options: GmsOptions, rules: GmsRules = soundRules) {
    const context: GmsContext = {
      ...options,
      rules,
      alarms: new Alarms(),
      phase: 'idle',
      record: options.stored,
      built: 0,
      dials: 0,
      nowMs: 0,
      wallMs: 0,
      emit: (effect) => this.#effects.push(effect),
    }
    this.#context = context
    this.#parts = assembleParts(context, options, {
      answer: () => this.answer,
      mayDecide: () => this.#mayDecide(),
      propose: (next) => this.#propose(next),
      settled: (version) => this.#settled(version),
      doubtChanged: () => this.#doubtChanged(),
      describeSelf: () => this.#describeSelf(),
      tellStatus: () => this.#tellStatus(false),
      expel: (member) => this.#expelUndialable(member),
      missing: () => this.#missing(),
    })
    this.#inbox = new Inbox(context, this.#parts)
  }

  /** The record as this node knows it; undefined while it is outside. */
  get record(): GroupRecord | undefined {
    return this.#context.record
  }

  /** Whether this node may say `primary`, and serve what must not be stale, at this moment (rules M7, L1). */
  isPrimary(nowMs: number, wallMs: number): boolean {
    if (this.#context.phase !== 'member' || this.#context.quorum === 'none') return false
    if (!this.#context.rules.primaryNeedsLease) return !this.#status(false).nonPrimary
    return this.#parts.lease.isHeld(nowMs, wallMs)
  }

  /** Whether this node as a voter may accept a record now (rule L1). */
  mayAccept(next: GroupRecord, nowMs: number): boolean {
    return this.#parts.grants.allows(next, nowMs)
  }

  /** Whether what this node votes is stored. */
  get canVote(): boolean {
    return this.#parts.liveness.ability.isSelfAble
  }

  /** Whom this node could not dial lately, and who could not dial it. */
  reach(nowMs: number): Reach {
    const { notes } = this.#parts
    return { others: notes.others(nowMs), by: notes.by(nowMs) }
  }

  /** The slaves that take the record from this node. */
  get followers(): readonly NodeName[] {
    return this.#parts.followers.names
  }

  /** When a `tick` is due, in monotonic milliseconds. */
  get nextMs(): number | undefined {
    return this.#context.alarms.nextMs
  }

  /** What this node says when discovery asks it. */
  get answer(): Answer {
    const { record, self, phase } = this.#context
    const base = { name: self.name, incarnation: self.incarnation, address: self.address, voterId: self.voterId }
    const coordinator = record && memberNamed(this.#context, this.#parts.liveness.actingCoordinator() ?? self.name)
    if (record && coordinator && phase === 'member') {
      const { lineage, version, view } = record
      const members = view.members.map(({ name, address }) => ({ name, address }))
      return { ...base, standing: { kind: 'member', coordinator, lineage, version, size: members.length, members } }
    }
    // Others look for who leads them back by what they answer.
    const stored = this.canVote ? progressOf(record) : undefined
    return { ...base, standing: { kind: 'newcomer', ...(stored && { stored }) } }
  }

  /** Whether this node answers a discovery: who is leaving, or has another one's name, is not to be found. */
  get isFindable(): boolean {
    const { phase } = this.#context
    const isNewcomer = phase === 'discovering' && this.#parts.notes.takenAt === undefined
    return phase === 'member' || isNewcomer
  }

  /** @param wallMs the wall clock, where the shell has it at hand; needed with `tick` */
  step(event: GmsEvent, nowMs: number, wallMs = this.#context.wallMs): readonly GmsEffect[] {
    this.#context.nowMs = nowMs
    this.#context.wallMs = wallMs
    this.#effects = []
    if (this.#context.phase !== 'left') this.#take(event)
    return this.#effects
  }

  #take(event: GmsEvent): void {
    switch (event.type) {
      case 'start':
        if (this.#context.phase !== 'idle') return
        this.#parts.grants.restarted()
        return this.#parts.lifecycle.enterDiscovery()
      case 'leave':
        return this.#parts.lifecycle.leave()
      case 'tick':
        return this.#context.alarms.runDue(this.#context.nowMs)
      case 'resumed':
        return this.#resumed(event.gapMs, event.awayMs)
      case 'message':
        if (!this.#parts.liveness.onMessage(event.from, event.message)) this.#inbox.onMessage(event.from, event.message)
        return
      case 'merge-message':
        return this.#parts.merge.onMessage(event.from, event.message)
      case 'link-up':
        if (event.peer.role === 'server') this.#parts.liveness.onLinkUp(event.peer)
        return
      case 'link-down':
        if (event.peer.role === 'server') this.#parts.liveness.onLinkDown(event.peer, event.end)
        else this.#parts.followers.onLinkDown(event.peer)
        return
      case 'dialled':
        return this.#dialled(event.token, event.outcome)
      case 'answered':
        return this.#parts.dialBack.answered(event.address, event.peer)
      case 'discovered':
        if (event.purpose === 'merge') this.#parts.merge.onDiscovered(event.answers)
        else if (this.#context.phase === 'discovering') this.#parts.joiner.onDiscovered(event.answers)
        return
      case 'committed':
        return this.#parts.installer.install(event.record)
      case 'settled':
        return this.#settled(event.version)
      case 'name-taken':
        return this.#parts.notes.nameTaken(event.at, event.incarnation)
      case 'storage':
        this.#parts.liveness.ability.onStorage(event.isWell)
        return this.#tellStatus(false)
      case 'proposal-failed':
        if (event.id !== this.#proposals) return
        if (event.why === 'no-quorum') this.#tellStatus(true)
        return this.#parts.coordinator.onProposalFailed(event.why)
      default:
        return this.#wish(event)
    }
  }

  /** A token is known to the one that asked for the dial. */
  #dialled(token: number, outcome: DialOutcome): void {
    const { liveness, dialBack, coordinator } = this.#parts
    if (!liveness.onDialled(token, outcome) && !dialBack.onDialled(token, outcome))
      coordinator.onDialled(token, outcome)
  }

  /** What the node's own user wants; the coordinator decides. */
  #wish(event: Extract<GmsEvent, { type: 'describe' | 'report' | 'propose' }>): void {
    const { self } = this.#context
    switch (event.type) {
      case 'describe':
        self.metadata = event.metadata
        return this.#describeSelf()
      case 'report': {
        const member = memberNamed(this.#context, event.name)
        if (member && this.#context.phase === 'member') this.#parts.liveness.report(member)
        return
      }
      case 'propose':
        return this.#parts.proposals.propose(event.operation, event.forMs)
    }
  }

  /** Again and again until the view has it: the word may get lost, or whoever had it may go. */
  #describeSelf(): void {
    const { self, alarms, nowMs, timing } = this.#context
    const member = lifeNamed(this.#context, self)
    const applicant = applicantOf(self)
    if (!member || sameDetails(member, applicant)) return
    alarms.set('describe', nowMs + timing.joinTimeoutMs, () => this.#describeSelf())
    const acting = this.#parts.liveness.actingCoordinator()
    const { speaks = 1 } = (acting && memberNamed(this.#context, acting)) ?? {}
    // An older coordinator would not understand. What the record says of this node itself may be what is wrong.
    if (acting !== self.name && speaks < speaksDeltas) return
    this.#ask({ type: 'gms.describe', applicant }, () => this.#parts.coordinator.describe(applicant))
  }

  /** Nobody waits for it: who cannot be dialled is seen again, and asked out again, until it is. */
  #expelUndialable({ name, incarnation }: Member): void {
    this.#ask({ type: 'gms.expel', name, incarnation }, () =>
      this.#parts.coordinator.expel(name, incarnation, undefined),
    )
  }

  /** Who is missing for a quorum, where this side has none. */
  #missing(): readonly NodeName[] | undefined {
    if (this.#context.phase !== 'member' || this.#context.quorum === 'none') return undefined
    const { nonPrimary, missing } = this.#status(false)
    return nonPrimary ? missing : undefined
  }

  /** Does it where this node coordinates, and asks the coordinator otherwise. */
  #ask(message: GmsMessage, here: () => void): void {
    const acting = this.#parts.liveness.actingCoordinator()
    if (this.#context.phase !== 'member' || acting === undefined) return
    if (acting === this.#context.self.name) here()
    else send(this.#context, acting, message)
  }

  // Deciding

  /** Whether a change can be asked for now; with the only voter lost, a branch has to be opened first. */
  #mayDecide(): boolean {
    const { quorum } = this.#context
    if (quorum === 'majority' || this.#parts.soleVoter.isSelf) return true
    this.#parts.branch.open()
    return false
  }

  #propose(next: GroupRecord): void {
    this.#proposals += 1
    if (this.#context.quorum === 'majority') this.#context.emit({ type: 'propose', id: this.#proposals, next })
    else this.#parts.soleVoter.decide(next)
  }

  #settled(version: number): void {
    this.#parts.coordinator.onSettled(version)
    const { phase, record, self } = this.#context
    if (phase === 'expelled') this.#parts.lifecycle.rejoin()
    if (phase === 'leaving' && record && !lifeNamed(this.#context, self)) this.#parts.lifecycle.goneForGood()
  }

  #doubtChanged(): void {
    const { phase, record, self } = this.#context
    if (phase !== 'member' || !record) return
    this.#tellStatus(false)
    this.#parts.merge.onDoubtChanged()
    this.#parts.proposals.deciderChanged()
    if (this.#parts.liveness.actingCoordinator() !== self.name) return
    for (const member of otherMembers(this.#context))
      if (this.#parts.liveness.isDoubted(member.name)) this.#parts.coordinator.verify(member)
    this.#parts.coordinator.pump()
  }

  #resumed(gapMs: number, awayMs: number): void {
    const { alarms, rules, nowMs } = this.#context
    if (!rules.pauseVoidsDoubts) return alarms.runDue(nowMs)
    alarms.postpone(gapMs)
    if (this.#context.phase === 'member') this.#parts.lease.resumed(gapMs)
    this.#parts.branch.reset()
    this.#parts.liveness.resumed(awayMs)
  }

  #tellStatus(refusedByQuorum: boolean): void {
    if (this.#context.phase === 'member') this.#context.emit({ type: 'status', status: this.#status(refusedByQuorum) })
  }

  #status(refusedByQuorum: boolean): MemberStatus {
    const { liveness, lease, notes } = this.#parts
    const { primaryNeedsLease } = this.#context.rules
    const isMissing = (name: NodeName) => liveness.isDoubted(name) || (primaryNeedsLease && lease.isSilent(name))
    const obstacle: Obstacle | undefined = liveness.ability.isSelfAble ? notes.obstacle : { kind: 'cannot-vote' }
    return memberStatus(this.#context, isMissing, { refused: refusedByQuorum, holdsLease: lease.isHeld(), obstacle })
  }
}
