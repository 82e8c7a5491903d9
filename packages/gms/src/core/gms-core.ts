import type { Answer } from '@ring/discovery'
import type { Core, NodeName, Peer, Random } from '@ring/platform'
import { Alarms } from './alarms.ts'
import { BranchOpener } from './branch.ts'
import { type GmsContext, lifeNamed, memberNamed, otherMembers, progressOf, send } from './context.ts'
import { Coordinator } from './coordinator.ts'
import { applicantOf, type Bar, type GmsEffect, type GmsEvent, type Identity } from './effects.ts'
import { Followers } from './followers.ts'
import { type MemberStatus, memberStatus } from './group-status.ts'
import { Installer } from './installer.ts'
import { Joiner } from './joiner.ts'
import { LeaseGrants } from './lease-grants.ts'
import { Lifecycle } from './lifecycle.ts'
import { Liveness } from './liveness.ts'
import { MergeSeat } from './merge-seat.ts'
import type { ViewMerging } from './merging.ts'
import type { GmsMessage } from './messages.ts'
import { QuorumLease } from './quorum-lease.ts'
import { type GmsRules, soundRules } from './rules.ts'
import { SoleVoter } from './sole-voter.ts'
import { Spreader } from './spreader.ts'
import type { Timing } from './timing.ts'
import { type GroupRecord, type StateAfter, sameDetails, speaksNow } from './view.ts'

export interface GmsOptions {
  readonly self: Identity
  readonly quorum: 'none' | 'majority'
  readonly timing: Timing
  readonly random: Random
  /** The names of the configured servers. */
  readonly configured: readonly NodeName[]
  /** The record found in the state directory. */
  readonly stored?: GroupRecord
  /** One commit changes the view and the rest of the record (rule M1). Pure. */
  readonly stateAfter: StateAfter
  /** What this node as a voter has accepted and does not know to be decided. */
  readonly pending: () => GroupRecord | undefined
  /** How groups that were apart come together (`QUORUM = none`). */
  readonly merging: ViewMerging
}

/**
 * Membership of a server: joins, leaves, failure detection, views. Deterministic: the shell gives it messages, ticks,
 * dial outcomes and committed records, and carries out its effects.
 */
export class GmsCore implements Core<GmsEvent, GmsEffect> {
  readonly #context: GmsContext
  readonly #liveness: Liveness
  readonly #coordinator: Coordinator
  readonly #joiner: Joiner
  readonly #branch: BranchOpener
  readonly #followers: Followers
  readonly #soleVoter: SoleVoter
  readonly #installer: Installer
  readonly #lifecycle: Lifecycle
  readonly #merge: MergeSeat
  readonly #lease: QuorumLease
  readonly #grants: LeaseGrants
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
    const isDoubted = (name: NodeName) => this.#liveness.isDoubted(name)
    this.#liveness = new Liveness(context, {
      isMember: () => context.phase === 'member',
      onDoubtChanged: () => this.#doubtChanged(),
      onGone: (member, why) => this.#coordinator.remove(member, why),
      onOutOfStep: () => {
        if (context.phase === 'member') this.#lifecycle.rejoin()
      },
      sendView: (to) => this.#sendView(to),
    })
    this.#branch = new BranchOpener(context, {
      isDoubted,
      isLost: (member) => this.#liveness.isLost(member),
      lookAfter: (member) => this.#liveness.lookAfter(member),
      whyOf: (member) => this.#coordinator.reasonFor(member),
      onBranch: (record) => {
        this.#merge.breakPromise()
        this.#soleVoter.decide(record)
      },
    })
    this.#coordinator = new Coordinator(
      context,
      {
        actingCoordinator: () => this.#liveness.actingCoordinator(),
        isDoubted,
        onAlive: (member) => this.#liveness.alive(member),
        onVerifiedFailed: (member) => this.#coordinator.remove(member, 'failed'),
        onLaterLife: (member) => this.#liveness.proveGone(member),
        isHeld: () => this.#merge.isHolding,
      },
      { ready: () => this.#mayDecide(), propose: (next) => this.#propose(next) },
    )
    this.#joiner = new Joiner(context, {
      configured: options.configured,
      onFormedAlone: (record) => this.#installer.install(record),
      onRestart: (applicants) => this.#coordinator.takeIn(applicants),
      onOlderLife: (incarnation) => this.#lifecycle.takeLife(incarnation),
    })
    this.#followers = new Followers(context)
    this.#soleVoter = new SoleVoter(context, {
      install: (record) => this.#installer.install(record),
      settled: (version) => this.#settled(version),
    })
    this.#merge = new MergeSeat(context, options.merging, {
      answer: () => this.answer,
      coordinates: () => this.#soleVoter.isSelf,
      isDoubted,
      takeIn: (applicants, sides) => this.#coordinator.takeIn(applicants, sides),
      pump: () => this.#coordinator.pump(),
      dissolve: () => this.#lifecycle.dissolve(),
    })
    this.#grants = new LeaseGrants(context, options.pending)
    this.#lease = new QuorumLease(context, {
      grantsSelf: (progress) => this.#grants.grant({ ...context.self, role: 'server' }, progress),
      onChange: () => this.#tellStatus(false),
    })
    this.#lifecycle = new Lifecycle(context, {
      actingCoordinator: () => this.#liveness.actingCoordinator(),
      forget: () => {
        this.#liveness.reset()
        this.#branch.reset()
        this.#coordinator.reset()
        this.#followers.reset()
        this.#soleVoter.reset()
        this.#merge.reset()
        this.#lease.reset()
      },
      lookForGroup: () => this.#joiner.start(),
      removeSelf: (member) => this.#coordinator.onLeave(member),
    })
    this.#installer = new Installer(context, {
      liveness: this.#liveness,
      branch: this.#branch,
      coordinator: this.#coordinator,
      joiner: this.#joiner,
      followers: this.#followers,
      soleVoter: this.#soleVoter,
      lifecycle: this.#lifecycle,
      merge: this.#merge,
      lease: this.#lease,
      grants: this.#grants,
      spreader: new Spreader(context),
      describeSelf: () => this.#describeSelf(),
      tellStatus: () => this.#tellStatus(false),
    })
  }

  /** The record as this node knows it; undefined while it is outside. */
  get record(): GroupRecord | undefined {
    return this.#context.record
  }

  /** Whether this node may say `primary`, and serve what must not be stale, at this moment (rules M7, L1). */
  isPrimary(nowMs: number, wallMs: number): boolean {
    if (this.#context.phase !== 'member' || this.#context.quorum === 'none') return false
    if (!this.#context.rules.primaryNeedsLease) return !this.#status(false).nonPrimary
    return this.#lease.isHeld(nowMs, wallMs)
  }

  /** Whether this node as a voter may accept a record now (rule L1). */
  mayAccept(next: GroupRecord, nowMs: number): boolean {
    return this.#grants.allows(next, nowMs)
  }

  /** When a `tick` is due, in monotonic milliseconds. */
  get nextMs(): number | undefined {
    return this.#context.alarms.nextMs
  }

  /** What this node says when discovery asks it. */
  get answer(): Answer {
    const { record, self, phase } = this.#context
    const base = { name: self.name, incarnation: self.incarnation, address: self.address, voterId: self.voterId }
    const coordinator = record && memberNamed(this.#context, this.#liveness.actingCoordinator() ?? self.name)
    if (record && coordinator && phase === 'member') {
      const { lineage, version, view } = record
      const members = view.members.map(({ name, address }) => ({ name, address }))
      return { ...base, standing: { kind: 'member', coordinator, lineage, version, size: members.length, members } }
    }
    const stored = progressOf(record)
    return { ...base, standing: { kind: 'newcomer', ...(stored && { stored }) } }
  }

  /** Whether this node answers a discovery: who is leaving is not to be found. */
  get isFindable(): boolean {
    const { phase } = this.#context
    return phase === 'member' || phase === 'discovering'
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
        this.#grants.restarted()
        return this.#lifecycle.enterDiscovery()
      case 'leave':
        return this.#lifecycle.leave()
      case 'tick':
        return this.#context.alarms.runDue(this.#context.nowMs)
      case 'resumed':
        return this.#resumed(event.gapMs)
      case 'message':
        if (!this.#liveness.onMessage(event.from, event.message)) this.#message(event.from, event.message)
        return
      case 'merge-message':
        return this.#merge.onMessage(event.from, event.message)
      case 'link-up':
        if (event.peer.role === 'server') this.#liveness.onLinkUp(event.peer)
        return
      case 'link-down':
        if (event.peer.role === 'server') this.#liveness.onLinkDown(event.peer, event.end)
        else this.#followers.onLinkDown(event.peer)
        return
      case 'dialled':
        if (!this.#liveness.onDialled(event.token, event.outcome))
          this.#coordinator.onDialled(event.token, event.outcome)
        return
      case 'discovered':
        if (event.purpose === 'merge') this.#merge.onDiscovered(event.answers)
        else if (this.#context.phase === 'discovering') this.#joiner.onDiscovered(event.answers)
        return
      case 'committed':
        return this.#installer.install(event.record)
      case 'settled':
        return this.#settled(event.version)
      case 'proposal-failed':
        if (event.id !== this.#proposals) return
        if (event.why === 'no-quorum') this.#tellStatus(true)
        return this.#coordinator.onProposalFailed()
      default:
        return this.#wish(event)
    }
  }

  /** What the node's own user wants; the coordinator decides. */
  #wish(event: Extract<GmsEvent, { type: 'describe' | 'report' | 'expel' | 'admit' }>): void {
    const { self } = this.#context
    switch (event.type) {
      case 'describe':
        self.metadata = event.metadata
        return this.#describeSelf()
      case 'report': {
        const member = memberNamed(this.#context, event.name)
        if (member && this.#context.phase === 'member') this.#liveness.report(member)
        return
      }
      case 'expel':
        return this.#expel(event.name, event.bar)
      case 'admit':
        return this.#ask({ type: 'gms.admit', name: event.name }, () => this.#coordinator.admit(event.name))
    }
  }

  /** Again and again until the view has it: the word may get lost, or whoever had it may go. */
  #describeSelf(): void {
    const { self, alarms, nowMs, timing } = this.#context
    const member = lifeNamed(this.#context, self)
    const applicant = applicantOf(self)
    if (!member || sameDetails(member, applicant)) return
    alarms.set('describe', nowMs + timing.joinTimeoutMs, () => this.#describeSelf())
    const acting = this.#liveness.actingCoordinator()
    const { speaks = 1 } = (acting && memberNamed(this.#context, acting)) ?? {}
    // An older coordinator would not understand. What the record says of this node itself may be what is wrong.
    if (acting !== self.name && speaks < speaksNow) return
    this.#ask({ type: 'gms.describe', applicant }, () => this.#coordinator.describe(applicant))
  }

  #expel(name: NodeName, bar: Bar | undefined): void {
    const incarnation = memberNamed(this.#context, name)?.incarnation ?? (0 as Peer['incarnation'])
    this.#ask({ type: 'gms.expel', name, incarnation, ...(bar && { bar }) }, () =>
      this.#coordinator.expel(name, incarnation, bar),
    )
  }

  /** Does it where this node coordinates, and asks the coordinator otherwise. */
  #ask(message: GmsMessage, here: () => void): void {
    const acting = this.#liveness.actingCoordinator()
    if (this.#context.phase !== 'member' || acting === undefined) return
    if (acting === this.#context.self.name) here()
    else send(this.#context, acting, message)
  }

  #message(from: Peer, message: GmsMessage): void {
    const { phase } = this.#context
    switch (message.type) {
      case 'gms.join-req':
        if (phase === 'member') this.#coordinator.onJoin(from, message.applicant)
        else send(this.#context, from.name, { type: 'gms.join-refused', reason: { kind: 'busy' } })
        return
      case 'gms.join-rsp':
        return this.#installer.joined(from, message.record)
      case 'gms.join-refused':
        if (phase === 'discovering') this.#joiner.onRefused(from, message.reason)
        return
      case 'gms.decline':
        return this.#declined(from, message)
      case 'gms.leave-rsp':
        if (phase === 'leaving') this.#lifecycle.goneForGood()
        return
      case 'gms.view':
        return this.#installer.onView(from, message.record)
      case 'gms.delta':
        return this.#installer.onDelta(from, message.delta)
      case 'gms.view-req':
        return this.#sendView(from.name)
      case 'gms.view-ack':
        return this.#soleVoter.onAcknowledged(message.progress)
      case 'gms.follow':
        return this.#followers.onFollow(from, message.progress, message.speaks)
      default:
        if (lifeNamed(this.#context, from)) this.#memberMessage(from, message)
        else if (message.type === 'gms.leave-req') send(this.#context, from.name, { type: 'gms.leave-rsp' })
        return
    }
  }

  /** What only a life of this view may say. */
  #memberMessage(from: Peer, message: GmsMessage): void {
    const member = memberNamed(this.#context, from.name)
    switch (message.type) {
      case 'gms.lease-req':
        return this.#onLeaseRequest(from, message)
      case 'gms.lease-rsp':
        if (message.granted) this.#lease.onGranted(from, message.seq)
        return
      case 'gms.leave-req':
        if (member && message.incarnation === from.incarnation) this.#coordinator.onLeave(member)
        else send(this.#context, from.name, { type: 'gms.leave-rsp' })
        return
      case 'gms.dissolve':
        if (this.#context.phase === 'member' && this.#context.record?.voters[0]?.name === from.name)
          this.#lifecycle.rejoin()
        return
      case 'gms.branch-req':
        return this.#branch.onRequest(from, message.progress, message.lost)
      case 'gms.branch-rsp':
        return this.#branch.onResponse(from, message.progress, message.lostToo)
      case 'gms.describe':
        if (message.applicant.name === from.name) this.#coordinator.describe(message.applicant)
        return
      case 'gms.expel':
        return this.#coordinator.expel(message.name, message.incarnation, message.bar)
      case 'gms.admit':
        return this.#coordinator.admit(message.name)
      default:
        return
    }
  }

  #onLeaseRequest(from: Peer, { seq, progress }: Extract<GmsMessage, { type: 'gms.lease-req' }>): void {
    const granted = this.#context.phase === 'member' && this.#grants.grant(from, progress)
    send(this.#context, from.name, { type: 'gms.lease-rsp', seq, granted, passedOnMs: this.#lease.restMs })
  }

  /** Who was taken in by a merge and did not come says so, before it is waited for. */
  #declined(from: Peer, { incarnation }: Extract<GmsMessage, { type: 'gms.decline' }>): void {
    const member = lifeNamed(this.#context, { name: from.name, incarnation })
    if (member && incarnation > from.incarnation && this.#context.phase === 'member')
      this.#coordinator.remove(member, 'failed')
  }

  #sendView(to: NodeName): void {
    const { record } = this.#context
    if (record) send(this.#context, to, { type: 'gms.view', record })
  }

  // Deciding

  /** Whether a change can be asked for now; with the only voter lost, a branch has to be opened first. */
  #mayDecide(): boolean {
    const { quorum } = this.#context
    if (quorum === 'majority' || this.#soleVoter.isSelf) return true
    this.#branch.open()
    return false
  }

  #propose(next: GroupRecord): void {
    this.#proposals += 1
    if (this.#context.quorum === 'majority') this.#context.emit({ type: 'propose', id: this.#proposals, next })
    else this.#soleVoter.decide(next)
  }

  #settled(version: number): void {
    this.#coordinator.onSettled(version)
    const { phase, record, self } = this.#context
    if (phase === 'expelled') this.#lifecycle.rejoin()
    if (phase === 'leaving' && record && !lifeNamed(this.#context, self)) this.#lifecycle.goneForGood()
  }

  #doubtChanged(): void {
    const { phase, record, self } = this.#context
    if (phase !== 'member' || !record) return
    this.#tellStatus(false)
    this.#merge.onDoubtChanged()
    if (this.#liveness.actingCoordinator() !== self.name) return
    for (const member of otherMembers(this.#context))
      if (this.#liveness.isDoubted(member.name)) this.#coordinator.verify(member)
    this.#coordinator.pump()
  }

  #resumed(gapMs: number): void {
    const { alarms, rules, nowMs } = this.#context
    if (!rules.pauseVoidsDoubts) return alarms.runDue(nowMs)
    alarms.postpone(gapMs)
    this.#branch.reset()
    this.#liveness.resumed(gapMs)
  }

  #tellStatus(refusedByQuorum: boolean): void {
    if (this.#context.phase === 'member') this.#context.emit({ type: 'status', status: this.#status(refusedByQuorum) })
  }

  #status(refusedByQuorum: boolean): MemberStatus {
    const isDoubted = (name: NodeName) => this.#liveness.isDoubted(name)
    return memberStatus(this.#context, isDoubted, refusedByQuorum, this.#lease.isHeld())
  }
}
