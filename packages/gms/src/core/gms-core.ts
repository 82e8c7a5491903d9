import type { Answer } from '@ring/discovery'
import {
  type Core,
  type Incarnation,
  type LinkEnd,
  type NodeName,
  nextIncarnation,
  type Peer,
  type Random,
} from '@ring/platform'
import { Alarms } from './alarms.ts'
import { BranchOpener } from './branch.ts'
import { type GmsContext, memberNamed, otherMembers, progressOf, send } from './context.ts'
import { Coordinator } from './coordinator.ts'
import type { DiscoveryPurpose, GmsEffect, GmsEvent, GroupStatus, Identity } from './effects.ts'
import { FailureDetector } from './failure-detector.ts'
import { Followers } from './followers.ts'
import { GoneCheck } from './gone-check.ts'
import { isBetterGroup, Joiner } from './joiner.ts'
import type { GmsMessage, Progress } from './messages.ts'
import type { Timing } from './timing.ts'
import { changeBetween, type GroupRecord, hasLife, type LeaveReason, type Member, type StateAfter } from './view.ts'

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
  readonly #detector: FailureDetector
  readonly #goneCheck: GoneCheck
  readonly #coordinator: Coordinator
  readonly #joiner: Joiner
  readonly #branch: BranchOpener
  readonly #followers: Followers
  readonly #links = new Map<NodeName, Incarnation>()
  #effects: GmsEffect[] = []
  #phase: Phase = 'idle'
  #confirmed = true
  #proposals = 0
  /** (`QUORUM = none`) The version whose storage at the next coordinator we wait for before we leave. */
  #handingOver: Progress | undefined

  constructor(options: GmsOptions) {
    this.#options = options
    this.#context = {
      ...options,
      alarms: new Alarms(),
      record: options.stored,
      built: 0,
      dials: 0,
      nowMs: 0,
      wallMs: 0,
      emit: (effect) => this.#effects.push(effect),
    }
    const isDoubted = (name: NodeName) => this.#detector.isDoubted(name)
    const actingCoordinator = (without?: NodeName) => this.#actingCoordinator(without)
    this.#detector = new FailureDetector(this.#context, { onDoubtChanged: () => this.#doubtChanged() })
    this.#goneCheck = new GoneCheck(this.#context, {
      actingCoordinator,
      isDoubted,
      isLinked: (name, incarnation) => this.#links.get(name) === incarnation,
      onConfirmedGone: (member) => this.#gone(member, 'gone'),
      onSilent: (member) => this.#detector.suspect(member, true),
      onLaterLife: (member) => this.#gone(member, 'gone'),
    })
    this.#branch = new BranchOpener(this.#context, {
      isDoubted,
      isLost: (member) => isDoubted(member.name) || this.#goneCheck.wasRefused(member),
      lookAfter: (member) => this.#goneCheck.begin(member),
      onBranch: (record) => this.#decideAlone(record),
    })
    this.#coordinator = new Coordinator(
      this.#context,
      {
        actingCoordinator,
        isDoubted,
        onAlive: (member) => this.#detector.alive({ ...member, role: 'server' }),
        onVerifiedFailed: (member) => this.#coordinator.remove(member, 'failed'),
        onLaterLife: (member) => this.#detector.proveGone(member),
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
    const coordinator = record && memberNamed(this.#context, this.#actingCoordinator() ?? self.name)
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
        return this.#message(event.from, event.message)
      case 'link-up':
        if (event.peer.role === 'server') this.#links.set(event.peer.name, event.peer.incarnation)
        return
      case 'link-down':
        return this.#linkDown(event.peer, event.end)
      case 'dialled':
        if (!this.#goneCheck.onDialled(event.token, event.outcome))
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
    if (member?.incarnation === from.incarnation) this.#detector.alive(from)
    switch (message.type) {
      case 'gms.ping':
        return this.#onPing(from, message.seq, message.progress)
      case 'gms.ack':
        return this.#onAck(from, message.seq, message.knowsYou, message.progress)
      case 'gms.ping-req':
        return this.#detector.onPingRequest(from, message.seq, message.target)
      case 'gms.suspect':
        return this.#detector.onSuspect(message.name, message.incarnation)
      case 'gms.refute':
        return
      case 'gms.refused-report':
        if (this.#phase === 'member') this.#reported(message.name, message.incarnation)
        return
      case 'gms.linked-req':
        return this.#goneCheck.answerLinked(from.name, message.name, message.incarnation)
      case 'gms.linked-rsp':
        return this.#goneCheck.onLinkedAnswer(from.name, message.name, message.incarnation, message.linked)
      case 'gms.branch-req':
        return this.#branch.onRequest(from, message.progress, message.lost)
      case 'gms.branch-rsp':
        return this.#branch.onResponse(from, message.progress, message.lostToo)
      default:
        return this.#groupMessage(from, message, member)
    }
  }

  #groupMessage(from: Peer, message: GmsMessage, member: Member | undefined): void {
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
        if (member?.incarnation === message.incarnation) this.#coordinator.onLeave(member)
        else send(this.#context, from.name, { type: 'gms.leave-rsp' })
        return
      case 'gms.leave-rsp':
        if (this.#phase === 'leaving') this.#goneForGood()
        return
      case 'gms.view':
        return this.#onView(from, message.record)
      case 'gms.view-req':
        return this.#sendView(from.name)
      case 'gms.view-ack':
        return this.#handedOver(message.progress)
      case 'gms.dissolve':
        if (this.#phase === 'member' && from.name === this.#context.record?.voters[0]?.name) this.#rejoin()
        return
      case 'gms.follow':
        return this.#followers.onFollow(from, message.progress)
      default:
        return
    }
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
    } else if (this.#phase === 'member') this.#compareGroups(answers)
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
    if (this.#branch.isPromised(from, record)) this.#installFrom(from, record)
    else if (!this.#confirmed && !hasLife(record.view, self.name, self.incarnation)) this.#rejoin()
  }

  #installFrom(from: Peer, record: GroupRecord): void {
    const progress = { lineage: record.lineage, version: record.version }
    this.#install(record)
    send(this.#context, from.name, { type: 'gms.view-ack', progress })
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
    if (before?.lineage !== record.lineage) this.#branch.reset()
    this.#detector.viewChanged()
    this.#context.emit({ type: 'view', record, change })
    for (const { member } of change.left) this.#disconnect(member)
    this.#coordinator.onCommitted(record)
    this.#followers.tellAll()
    if (quorum === 'none') this.#spread(record)
    if (inView && !this.#confirmed) this.#confirm()
    this.#tellStatus(false)
    this.#coordinator.pump()
  }

  /** Ends the link to a life that is out; a later life of the name may hold one already. */
  #disconnect({ name, incarnation }: Member): void {
    if (this.#links.get(name) === incarnation) this.#context.emit({ type: 'disconnect', name })
  }

  #becomeMember(): void {
    this.#phase = 'member'
    this.#joiner.stop()
    this.#detector.start()
    this.#scheduleMergeLook()
  }

  /** Without a register it is the coordinator, the only voter, that brings its decision to the members. */
  #spread(record: GroupRecord): void {
    if (record.voters[0]?.name !== this.#context.self.name) return
    for (const { name } of otherMembers(this.#context)) send(this.#context, name, { type: 'gms.view', record })
  }

  #sendView(to: NodeName): void {
    const { record } = this.#context
    if (record) send(this.#context, to, { type: 'gms.view', record })
  }

  // Deciding

  /** Whether a change can be asked for now; with the only voter lost, a branch has to be opened first. */
  #mayDecide(): boolean {
    const { quorum, record, self } = this.#context
    if (quorum === 'majority' || record?.voters[0]?.name === self.name) return true
    this.#branch.open()
    return false
  }

  #propose(next: GroupRecord): void {
    this.#proposals += 1
    if (this.#context.quorum === 'majority') this.#context.emit({ type: 'propose', id: this.#proposals, next })
    else this.#decideAlone(next)
  }

  /** The coordinator is the only voter: its decision is the commit, and settled once the next voter, if another, has it. */
  #decideAlone(next: GroupRecord): void {
    const { self } = this.#context
    const successor = next.voters[0]?.name
    const alone = successor === self.name || next.view.members.length === 0
    if (!alone && successor !== undefined) {
      this.#handingOver = { lineage: next.lineage, version: next.version }
      for (const { name } of next.view.members) send(this.#context, name, { type: 'gms.view', record: next })
    }
    this.#install(next)
    if (alone) this.#settled(next.version)
  }

  #handedOver(progress: Progress): void {
    if (this.#handingOver?.lineage !== progress.lineage || progress.version < this.#handingOver.version) return
    const { version } = this.#handingOver
    this.#handingOver = undefined
    this.#settled(version)
  }

  #settled(version: number): void {
    this.#coordinator.onSettled(version)
    const { record, self } = this.#context
    if (this.#phase === 'leaving' && record && !hasLife(record.view, self.name, self.incarnation)) this.#goneForGood()
  }

  // Failure detection

  #actingCoordinator(without?: NodeName): NodeName | undefined {
    return this.#context.record?.view.members.find(({ name }) => name !== without && !this.#detector.isDoubted(name))
      ?.name
  }

  #onPing(from: Peer, seq: number, progress: Progress | undefined): void {
    const { record } = this.#context
    const knowsYou = record !== undefined && hasLife(record.view, from.name, from.incarnation)
    const mine = progressOf(record)
    send(this.#context, from.name, { type: 'gms.ack', seq, knowsYou, ...(mine && { progress: mine }) })
    this.#catchUp(from.name, progress)
    // Who was expelled, or belongs to the side that we left, learns it from the view.
    if (!knowsYou && this.#phase === 'member') this.#sendView(from.name)
  }

  #onAck(from: Peer, seq: number, knowsYou: boolean, progress: Progress | undefined): void {
    this.#detector.onAck(from, seq)
    this.#catchUp(from.name, progress)
    const { record } = this.#context
    const sameLineage = progress?.lineage === record?.lineage
    if (knowsYou && !this.#confirmed && sameLineage) this.#confirm()
    const member = memberNamed(this.#context, from.name)
    const wentElsewhere = this.#context.quorum === 'none' && !knowsYou && progress !== undefined && !sameLineage
    // Alive, but in a branch without us: it does not count for this view any more.
    if (wentElsewhere && member?.incarnation === from.incarnation) this.#gone(member, 'failed')
  }

  #catchUp(from: NodeName, theirs: Progress | undefined): void {
    const { record } = this.#context
    if (!theirs || theirs.lineage !== record?.lineage || this.#phase !== 'member') return
    if (theirs.version > record.version) send(this.#context, from, { type: 'gms.view-req' })
    else if (theirs.version < record.version) this.#sendView(from)
  }

  #doubtChanged(): void {
    const { record, self } = this.#context
    if (this.#phase !== 'member' || !record) return
    this.#tellStatus(false)
    if (this.#actingCoordinator() !== self.name) return
    for (const member of otherMembers(this.#context))
      if (this.#detector.isDoubted(member.name)) this.#coordinator.verify(member)
    this.#coordinator.pump()
  }

  #reported(name: NodeName, incarnation: Incarnation): void {
    const member = memberNamed(this.#context, name)
    if (member?.incarnation === incarnation) this.#goneCheck.begin(member)
  }

  #linkDown(peer: Peer, end: LinkEnd): void {
    if (peer.role === 'slave') return this.#followers.onLinkDown(peer)
    if (this.#links.get(peer.name) === peer.incarnation) this.#links.delete(peer.name)
    const member = memberNamed(this.#context, peer.name)
    if (member?.incarnation !== peer.incarnation || this.#phase !== 'member') return
    if (end === 'goodbye') this.#gone(member, 'left')
    else this.#goneCheck.begin(member)
  }

  /** Certainly over: passed by at once, taken out of the view by the next change. */
  #gone(member: Member, why: LeaveReason): void {
    this.#context.emit({ type: 'down', name: member.name, incarnation: member.incarnation })
    this.#detector.proveGone(member)
    this.#coordinator.remove(member, why)
  }

  // Pauses and expulsion

  #resumed(gapMs: number): void {
    const { alarms, timing } = this.#context
    alarms.postpone(gapMs)
    this.#detector.resumed()
    this.#goneCheck.reset()
    this.#branch.reset()
    if (this.#phase !== 'member' || gapMs <= timing.detectMs / 2 || otherMembers(this.#context).length === 0) return
    this.#confirmed = false
    this.#context.emit({ type: 'unconfirmed' })
    const progress = progressOf(this.#context.record)
    for (const { name } of otherMembers(this.#context))
      send(this.#context, name, { type: 'gms.ping', seq: 0, ...(progress && { progress }) })
  }

  #confirm(): void {
    this.#confirmed = true
    this.#context.emit({ type: 'confirmed' })
  }

  /** This life was expelled, or its group gives way to another: stop acting, take a new life, ask to be let in. */
  #rejoin(): void {
    const { self, wallMs, random } = this.#context
    this.#takeLife(nextIncarnation(self.incarnation, wallMs, random.uint32()))
    this.#enterDiscovery()
  }

  #takeLife(incarnation: Incarnation): void {
    this.#context.alarms.clearAll()
    this.#detector.stop()
    this.#goneCheck.reset()
    this.#branch.reset()
    this.#coordinator.reset()
    this.#followers.reset()
    this.#links.clear()
    // The register goes on holding what it holds.
    if (this.#context.quorum === 'none') this.#context.record = undefined
    this.#handingOver = undefined
    this.#confirmed = true
    this.#context.self.incarnation = incarnation
    this.#context.emit({ type: 'rejoin', incarnation })
  }

  // Leaving

  #leave(): void {
    const { self, alarms, nowMs, timing } = this.#context
    const member = memberNamed(this.#context, self.name)
    if (this.#phase !== 'member' || !member || otherMembers(this.#context).length === 0) return this.#goneForGood()
    const acting = this.#actingCoordinator()
    this.#phase = 'leaving'
    this.#context.emit({ type: 'status', status: { phase: 'leaving' } })
    // A leaver is never hung by a dead coordinator, nor by a missing quorum.
    alarms.set('leave', nowMs + timing.leaveTimeoutMs, () => this.#goneForGood())
    if (acting === self.name) this.#coordinator.onLeave(member)
    else if (acting !== undefined) send(this.#context, acting, { type: 'gms.leave-req', incarnation: self.incarnation })
  }

  #goneForGood(): void {
    this.#detector.stop()
    this.#context.alarms.clearAll()
    this.#phase = 'left'
    this.#context.emit({ type: 'status', status: { phase: 'left' } })
    this.#context.emit({ type: 'left' })
  }

  // Groups that were apart (QUORUM = none)

  #scheduleMergeLook(): void {
    const { quorum, alarms, nowMs, timing } = this.#context
    if (quorum === 'majority') return
    alarms.set('merge', nowMs + timing.mergeIntervalMs, () => {
      if (this.#context.record?.voters[0]?.name === this.#context.self.name)
        this.#context.emit({ type: 'discover', purpose: 'merge' })
      this.#scheduleMergeLook()
    })
  }

  /** A coordinator that meets a better group of the same name dissolves its own into it. */
  #compareGroups(answers: readonly Answer[]): void {
    const mine = this.answer.standing
    const { record } = this.#context
    if (mine.kind !== 'member' || record?.voters[0]?.name !== this.#context.self.name) return
    for (const { standing } of answers) {
      if (standing.kind !== 'member' || standing.lineage === mine.lineage || !isBetterGroup(standing, mine)) continue
      const into = standing.members.map(({ address }) => address)
      for (const { name } of otherMembers(this.#context)) send(this.#context, name, { type: 'gms.dissolve', into })
      return this.#rejoin()
    }
  }

  // What people are told

  #tellStatus(refusedByQuorum: boolean): void {
    if (this.#phase !== 'member') return
    this.#context.emit({ type: 'status', status: this.#memberStatus(refusedByQuorum) })
  }

  #memberStatus(refusedByQuorum: boolean): GroupStatus {
    const { record, quorum, self } = this.#context
    const voters = record?.voters ?? []
    const missing = voters
      .map(({ name }) => name)
      .filter((name) => name !== self.name && this.#detector.isDoubted(name))
    const present = voters.length - missing.length
    const half = 2 * present === voters.length && voters[0] !== undefined && !missing.includes(voters[0].name)
    const reachable = 2 * present > voters.length || half
    return { phase: 'member', nonPrimary: quorum === 'majority' && (refusedByQuorum || !reachable), missing }
  }
}
