import type { Answer } from '@ring/discovery'
import { type Core, type Incarnation, type NodeName, nextIncarnation, type Peer, type Random } from '@ring/platform'
import { Alarms } from './alarms.ts'
import { BranchOpener } from './branch.ts'
import { type GmsContext, memberNamed, otherMembers, progressOf, send } from './context.ts'
import { Coordinator } from './coordinator.ts'
import type { DiscoveryPurpose, GmsEffect, GmsEvent, Identity } from './effects.ts'
import { Followers } from './followers.ts'
import { memberStatus } from './group-status.ts'
import { Joiner } from './joiner.ts'
import { Liveness } from './liveness.ts'
import type { GmsMessage } from './messages.ts'
import { OtherGroups } from './other-groups.ts'
import { type GmsRules, soundRules } from './rules.ts'
import { SoleVoter } from './sole-voter.ts'
import type { Timing } from './timing.ts'
import { changeBetween, type GroupRecord, hasLife, type StateAfter } from './view.ts'

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
}

type Phase = 'idle' | 'discovering' | 'member' | 'leaving' | 'left'

/**
 * Membership of a server: joins, leaves, failure detection, views. Deterministic: the shell gives it messages, ticks,
 * dial outcomes and committed records, and carries out its effects.
 */
export class GmsCore implements Core<GmsEvent, GmsEffect> {
  readonly #context: GmsContext
  readonly #options: GmsOptions
  readonly #liveness: Liveness
  readonly #coordinator: Coordinator
  readonly #joiner: Joiner
  readonly #branch: BranchOpener
  readonly #followers: Followers
  readonly #soleVoter: SoleVoter
  readonly #otherGroups: OtherGroups
  #effects: GmsEffect[] = []
  #phase: Phase = 'idle'
  #proposals = 0

  constructor(options: GmsOptions, rules: GmsRules = soundRules) {
    this.#options = options
    this.#context = {
      ...options,
      rules,
      alarms: new Alarms(),
      record: options.stored,
      built: 0,
      dials: 0,
      nowMs: 0,
      wallMs: 0,
      emit: (effect) => this.#effects.push(effect),
    }
    const isDoubted = (name: NodeName) => this.#liveness.isDoubted(name)
    this.#liveness = new Liveness(this.#context, {
      isMember: () => this.#phase === 'member',
      onDoubtChanged: () => this.#doubtChanged(),
      onGone: (member, why) => this.#coordinator.remove(member, why),
      onOutOfStep: () => {
        if (this.#phase === 'member') this.#rejoin()
      },
      sendView: (to) => this.#sendView(to),
    })
    this.#branch = new BranchOpener(this.#context, {
      isDoubted,
      isLost: (member) => this.#liveness.isLost(member),
      lookAfter: (member) => this.#liveness.lookAfter(member),
      onBranch: (record) => this.#soleVoter.decide(record),
    })
    this.#coordinator = new Coordinator(
      this.#context,
      {
        actingCoordinator: () => this.#liveness.actingCoordinator(),
        isDoubted,
        onAlive: (member) => this.#liveness.alive(member),
        onVerifiedFailed: (member) => this.#coordinator.remove(member, 'failed'),
        onLaterLife: (member) => this.#liveness.proveGone(member),
      },
      { ready: () => this.#mayDecide(), propose: (next) => this.#propose(next) },
    )
    this.#joiner = new Joiner(this.#context, {
      configured: options.configured,
      onFormedAlone: (record) => this.#install(record),
      onRestart: (applicants) => this.#coordinator.restart(applicants),
      onOlderLife: (incarnation) => this.#takeLife(incarnation),
    })
    this.#followers = new Followers(this.#context)
    this.#soleVoter = new SoleVoter(this.#context, {
      install: (record) => this.#install(record),
      settled: (version) => this.#settled(version),
    })
    this.#otherGroups = new OtherGroups(this.#context, {
      coordinates: () => this.#soleVoter.isSelf,
      answer: () => this.answer,
      dissolved: () => this.#rejoin(),
    })
  }

  /** The record as this node knows it; undefined while it is outside. */
  get record(): GroupRecord | undefined {
    return this.#context.record
  }

  /** When a `tick` is due, in monotonic milliseconds. */
  get nextMs(): number | undefined {
    return this.#context.alarms.nextMs
  }

  /** What this node says when discovery asks it. */
  get answer(): Answer {
    const { record, self } = this.#context
    const base = { name: self.name, incarnation: self.incarnation, address: self.address, voterId: self.voterId }
    const coordinator = record && memberNamed(this.#context, this.#liveness.actingCoordinator() ?? self.name)
    if (record && coordinator && this.#phase === 'member') {
      const { lineage, version, view } = record
      const members = view.members.map(({ name, address }) => ({ name, address }))
      return { ...base, standing: { kind: 'member', coordinator, lineage, version, members } }
    }
    const stored = progressOf(record)
    return { ...base, standing: { kind: 'newcomer', ...(stored && { stored }) } }
  }

  step(event: GmsEvent, nowMs: number): readonly GmsEffect[] {
    this.#context.nowMs = nowMs
    this.#effects = []
    this.#take(event)
    return this.#effects
  }

  #take(event: GmsEvent): void {
    if (this.#phase === 'left') return
    switch (event.type) {
      case 'start':
        if (this.#phase === 'idle') this.#enterDiscovery()
        return
      case 'leave':
        return this.#leave()
      case 'tick':
        this.#context.wallMs = event.wallMs
        return this.#context.alarms.runDue(this.#context.nowMs)
      case 'resumed':
        return this.#resumed(event.gapMs)
      case 'message':
        if (!this.#liveness.onMessage(event.from, event.message)) this.#message(event.from, event.message)
        return
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
        return this.#discovered(event.purpose, event.answers)
      case 'committed':
        return this.#install(event.record)
      case 'settled':
        return this.#settled(event.version)
      case 'proposal-failed':
        if (event.id !== this.#proposals) return
        if (event.why === 'no-quorum') this.#tellStatus(true)
        return this.#coordinator.onProposalFailed()
    }
  }

  #message(from: Peer, message: GmsMessage): void {
    const member = memberNamed(this.#context, from.name)
    switch (message.type) {
      case 'gms.join-req':
        if (this.#phase === 'member') this.#coordinator.onJoin(from, message.applicant)
        else send(this.#context, from.name, { type: 'gms.join-refused', reason: { kind: 'busy' } })
        return
      case 'gms.join-rsp':
        return this.#joined(from, message.record)
      case 'gms.join-refused':
        if (this.#phase === 'discovering') this.#joiner.onRefused(message.reason)
        return
      case 'gms.leave-req':
        if (member && member.incarnation === from.incarnation && member.incarnation === message.incarnation) {
          this.#coordinator.onLeave(member)
        } else send(this.#context, from.name, { type: 'gms.leave-rsp' })
        return
      case 'gms.leave-rsp':
        if (this.#phase === 'leaving') this.#goneForGood()
        return
      case 'gms.view':
        return this.#onView(from, message.record)
      case 'gms.view-req':
        return this.#sendView(from.name)
      case 'gms.view-ack':
        return this.#soleVoter.onAcknowledged(message.progress)
      case 'gms.dissolve':
        if (this.#phase === 'member' && member?.incarnation === from.incarnation && this.#isVoter(from)) this.#rejoin()
        return
      case 'gms.follow':
        return this.#followers.onFollow(from, message.progress)
      case 'gms.branch-req':
        return this.#branch.onRequest(from, message.progress, message.lost)
      case 'gms.branch-rsp':
        return this.#branch.onResponse(from, message.progress, message.lostToo)
      default:
        return
    }
  }

  #isVoter({ name }: Peer): boolean {
    return this.#context.record?.voters[0]?.name === name
  }

  // Finding and entering a group

  #enterDiscovery(): void {
    this.#phase = 'discovering'
    this.#context.emit({ type: 'status', status: { phase: 'discovering', waitingFor: [] } })
    this.#joiner.start()
  }

  #discovered(purpose: DiscoveryPurpose, answers: readonly Answer[]): void {
    if (purpose === 'join') {
      if (this.#phase === 'discovering') this.#joiner.onDiscovered(answers)
    } else if (this.#phase === 'member') this.#otherGroups.onDiscovered(answers)
  }

  #joined(from: Peer, record: GroupRecord): void {
    const { self } = this.#context
    if (this.#phase !== 'discovering' || !hasLife(record.view, self.name, self.incarnation)) return
    if (this.#context.quorum === 'majority') this.#context.emit({ type: 'learn-record', from, record })
    else this.#install(record)
  }

  // Views

  #onView(from: Peer, record: GroupRecord): void {
    const { self, record: mine, quorum } = this.#context
    if (this.#phase === 'discovering') {
      if (this.#options.quorum === 'majority' && hasLife(record.view, self.name, self.incarnation))
        this.#joined(from, record)
      return
    }
    if (!mine) return
    if (record.lineage === mine.lineage) {
      if (record.version <= mine.version) return
      if (quorum === 'majority') this.#context.emit({ type: 'learn-record', from, record })
      else this.#installFrom(from, record)
      return
    }
    if (record.parent?.lineage !== mine.lineage) return
    if (this.#branch.isPromised(from, record) || !this.#context.rules.branchWasPromised) this.#installFrom(from, record)
    else if (!this.#liveness.confirmation.isConfirmed && !hasLife(record.view, self.name, self.incarnation))
      this.#rejoin()
  }

  #installFrom(from: Peer, record: GroupRecord): void {
    this.#install(record)
    this.#soleVoter.acknowledge(from.name, record)
  }

  /** A committed record: the one place where a view becomes visible. */
  #install(record: GroupRecord): void {
    const { self, record: before, quorum } = this.#context
    if (before?.lineage === record.lineage && before.version >= record.version && this.#phase !== 'discovering') return
    const inView = hasLife(record.view, self.name, self.incarnation)
    if (!inView && this.#phase === 'member') {
      this.#context.record = record
      return this.#rejoin()
    }
    this.#context.record = record
    if (!inView && this.#phase === 'discovering') return this.#joiner.recordArrived()
    const change = changeBetween(this.#phase === 'discovering' ? undefined : before?.view, record.view)
    if (this.#phase === 'discovering') this.#becomeMember()
    for (const { name, address } of record.view.members) this.#context.emit({ type: 'learn-address', name, address })
    // What was agreed on a branch was agreed about the record before.
    this.#branch.reset()
    this.#liveness.viewChanged()
    this.#context.emit({ type: 'view', record, change })
    for (const { member } of change.left) this.#liveness.disconnect(member)
    this.#coordinator.onCommitted(record)
    this.#followers.tellAll()
    if (quorum === 'none') this.#soleVoter.spread(record)
    if (inView) this.#liveness.confirmation.onView()
    this.#tellStatus(false)
    this.#coordinator.pump()
  }

  #becomeMember(): void {
    this.#phase = 'member'
    this.#joiner.stop()
    this.#liveness.start()
    this.#otherGroups.lookLater()
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
    const { record, self } = this.#context
    if (this.#phase === 'leaving' && record && !hasLife(record.view, self.name, self.incarnation)) this.#goneForGood()
  }

  #doubtChanged(): void {
    const { record, self } = this.#context
    if (this.#phase !== 'member' || !record) return
    this.#tellStatus(false)
    if (this.#liveness.actingCoordinator() !== self.name) return
    for (const member of otherMembers(this.#context))
      if (this.#liveness.isDoubted(member.name)) this.#coordinator.verify(member)
    this.#coordinator.pump()
  }

  // Pauses and expulsion

  #resumed(gapMs: number): void {
    const { alarms, rules, nowMs } = this.#context
    if (!rules.pauseVoidsDoubts) return alarms.runDue(nowMs)
    alarms.postpone(gapMs)
    this.#branch.reset()
    this.#liveness.resumed(gapMs)
  }

  /** This life was expelled, or its group gives way to another: stop acting, take a new life, ask to be let in. */
  #rejoin(): void {
    const { self, wallMs, random } = this.#context
    this.#takeLife(nextIncarnation(self.incarnation, wallMs, random.uint32()))
    this.#enterDiscovery()
  }

  #takeLife(incarnation: Incarnation): void {
    this.#context.alarms.clearAll()
    this.#liveness.reset()
    this.#branch.reset()
    this.#coordinator.reset()
    this.#followers.reset()
    // The register goes on holding what it holds.
    if (this.#context.quorum === 'none') this.#context.record = undefined
    this.#soleVoter.reset()
    this.#context.self.incarnation = incarnation
    this.#context.emit({ type: 'rejoin', incarnation })
  }

  // Leaving

  #leave(): void {
    const { self, alarms, nowMs, timing } = this.#context
    const member = memberNamed(this.#context, self.name)
    if (this.#phase !== 'member' || !member || otherMembers(this.#context).length === 0) return this.#goneForGood()
    const acting = this.#liveness.actingCoordinator()
    this.#phase = 'leaving'
    this.#context.emit({ type: 'status', status: { phase: 'leaving' } })
    // A leaver is never hung by a dead coordinator, nor by a missing quorum.
    alarms.set('leave', nowMs + timing.leaveTimeoutMs, () => this.#goneForGood())
    if (acting === self.name) this.#coordinator.onLeave(member)
    else if (acting !== undefined) send(this.#context, acting, { type: 'gms.leave-req', incarnation: self.incarnation })
  }

  #goneForGood(): void {
    this.#liveness.reset()
    this.#context.alarms.clearAll()
    this.#phase = 'left'
    this.#context.emit({ type: 'status', status: { phase: 'left' } })
    this.#context.emit({ type: 'left' })
  }

  // What people are told

  #tellStatus(refusedByQuorum: boolean): void {
    if (this.#phase !== 'member') return
    const isDoubted = (name: NodeName) => this.#liveness.isDoubted(name)
    this.#context.emit({ type: 'status', status: memberStatus(this.#context, isDoubted, refusedByQuorum) })
  }
}
