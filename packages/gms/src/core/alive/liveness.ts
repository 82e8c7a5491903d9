import type { DialOutcome, Incarnation, LinkEnd, NodeName, Peer } from '@ring/platform'
import { type GmsContext, isLarge, lifeNamed, memberNamed, progressOf, send } from '../context.ts'
import { VotingAbility } from '../deciding/voting-ability.ts'
import type { GmsMessage } from '../messages.ts'
import type { Progress } from '../record/progress.ts'
import { hasLife, type LeaveReason, type Member } from '../record/view.ts'
import { Confirmation } from './confirmation.ts'
import { FailureDetector } from './failure-detector.ts'
import { GoneCheck } from './gone-check.ts'
import { MemberLinks } from './member-links.ts'
import type { ReachCheck } from './reach-check.ts'

type AckMessage = Extract<GmsMessage, { readonly type: 'gms.ack' }>

export interface LivenessHost {
  isMember(): boolean
  /** Whom we count on changed. */
  onDoubtChanged(): void
  /** A life is certainly over, or not of this group any more: it is to be taken out of the view. */
  onGone(member: Member, why: LeaveReason): void
  /** (`QUORUM = none`) The coordinator counts us in another lineage, whose view we never got, or no longer waited for. */
  onOutOfStep(): void
  /** Somebody is behind us, or does not know that it is out. */
  sendView(to: NodeName): void
  /** Looks whether those who live can be dialled, too. */
  readonly reach: Pick<ReachCheck, 'start' | 'reset' | 'resumed' | 'viewChanged' | 'heard'>
}

/**
 * Who of the view is alive, as this node sees it: probes and suspicions (silent), dials (refused), goodbyes, and whether
 * the others still know this life after a pause. It changes nothing by itself.
 */
export class Liveness {
  readonly confirmation: Confirmation
  readonly ability: VotingAbility
  readonly #context: GmsContext
  readonly #host: LivenessHost
  readonly #detector: FailureDetector
  readonly #goneCheck: GoneCheck
  readonly #links: MemberLinks
  /** Since when the coordinator has answered from another lineage. */
  #outOfStepMs: number | undefined
  /** Some of a large group went on without us; whether the coordinator did, too, is being found out. */
  #isLeftOut = false

  constructor(context: GmsContext, host: LivenessHost) {
    this.#context = context
    this.#host = host
    this.confirmation = new Confirmation(context)
    this.#links = new MemberLinks(context)
    this.ability = new VotingAbility(context, {
      takeSeq: () => this.takeSeq(),
      onChange: () => this.#doubtChanged(),
    })
    this.#detector = new FailureDetector(context, {
      onDoubtChanged: () => this.#doubtChanged(),
      word: () => this.ability.word,
    })
    this.#goneCheck = new GoneCheck(context, {
      actingCoordinator: (without) => this.actingCoordinator(without),
      isDoubted: (name) => this.isDoubted(name),
      isLinked: (name, incarnation) => this.#links.has(name, incarnation),
      onConfirmedGone: (member) => this.#gone(member, 'gone'),
      onSilent: (member) => this.#detector.suspect(member, true),
      onLaterLife: (member) => this.#gone(member, 'gone'),
    })
  }

  start(): void {
    this.#links.start()
    this.#detector.start()
    this.#host.reach.start()
  }

  /** Forgets everything: this life is over, or its group is left. */
  reset(): void {
    this.#detector.stop()
    this.#host.reach.reset()
    this.#goneCheck.reset()
    this.#isLeftOut = false
    this.#links.reset()
    this.confirmation.reset()
  }

  viewChanged(): void {
    this.#outOfStepMs = undefined
    this.#isLeftOut = false
    this.#detector.viewChanged()
    this.#host.reach.viewChanged()
    this.ability.viewChanged()
    this.#goneCheck.viewChanged()
  }

  /** Rule M3. */
  resumed(awayMs: number): void {
    this.#detector.resumed()
    this.#host.reach.resumed()
    this.#goneCheck.reset()
    // On the way out it still answers what it has.
    const isIn = this.#host.isMember() || this.#context.phase === 'leaving'
    if (isIn) this.confirmation.afterPause(awayMs, this.takeSeq(), this.ability.word)
  }

  /** A number for a question that is no probe of the detector's own. */
  takeSeq(): number {
    return this.#detector.takeSeq()
  }

  /** Whether we no longer count on this member. */
  isDoubted(name: NodeName): boolean {
    return this.#detector.isDoubted(name)
  }

  /** Whether this node, too, has no better word of the member than a refused dial. */
  isLost(member: Member): boolean {
    if (this.isDoubted(member.name) || this.#goneCheck.wasRefused(member)) return true
    // In a large group most have heard nothing of it for long: their own dial has to do.
    return isLarge(this.#context) && this.#goneCheck.wasSilent(member)
  }

  /** The first member that we count on, and that can vote where it takes that. */
  actingCoordinator(without: (member: Member) => boolean = () => false): NodeName | undefined {
    const { record, rules } = this.#context
    const living = record?.view.members.filter((member) => !without(member) && !this.isDoubted(member.name)) ?? []
    const able = rules.whoCannotVotePasses ? living.find((member) => this.ability.isAble(member)) : undefined
    return (able ?? living[0])?.name
  }

  /** Dials the member at its own address, to see whether it is there. */
  lookAfter(member: Member): void {
    this.#goneCheck.begin(member)
  }

  /** A later life of its name has spoken (rule M4). */
  proveGone(member: Member): void {
    this.#detector.proveGone(member)
  }

  alive(member: Member): void {
    this.#detector.alive({ ...member, role: 'server' })
  }

  /** Looks after a member of which somebody outside says that it is dead. */
  report(member: Member): void {
    this.#detector.report(member)
  }

  /** Ends the link to a life that is out, when it had time to hear why; a later life of the name may hold one by then. */
  disconnect({ name, incarnation }: Member): void {
    const { alarms, nowMs, timing } = this.#context
    alarms.set(`disconnect ${name}`, nowMs + timing.verifyMs, () => {
      if (this.#links.has(name, incarnation)) this.#context.emit({ type: 'disconnect', name })
    })
  }

  onLinkUp(peer: Peer): void {
    this.#links.onUp(peer)
  }

  onLinkDown(peer: Peer, end: LinkEnd): void {
    const isTelling = this.#links.onDown(peer)
    const member = lifeNamed(this.#context, peer)
    if (!member || !isTelling || !this.#host.isMember()) return
    if (end === 'goodbye') this.#gone(member, 'left')
    else this.#goneCheck.begin(member)
  }

  /** False when the dial was somebody else's. */
  onDialled(token: number, outcome: DialOutcome): boolean {
    return this.#goneCheck.onDialled(token, outcome)
  }

  /** Takes the messages that are about life and death; false for all others. */
  onMessage(from: Peer, message: GmsMessage): boolean {
    this.#noteLife(from)
    switch (message.type) {
      case 'gms.ping':
        this.#noteAbility(from, message.cannotVote)
        this.#onPing(from, message.seq, message.progress)
        return true
      case 'gms.ack':
        this.#noteAbility(from, message.cannotVote)
        this.#onAck(from, message)
        return true
      case 'gms.ping-req':
        this.#detector.onPingRequest(from, message.seq, message.target)
        return true
      case 'gms.suspect':
        this.#detector.onSuspect(message)
        return true
      case 'gms.refute':
        // That it came is the refutation.
        return true
      case 'gms.refused-report':
        this.#onReport(message.name, message.incarnation)
        return true
      case 'gms.linked-req':
        this.#goneCheck.onLinkedQuestion(from.name, message.name, message.incarnation)
        return true
      case 'gms.idle':
        this.#links.onIdle(from)
        return true
      case 'gms.linked-rsp':
        this.#goneCheck.onLinkedAnswer(from.name, message.name, message.incarnation, message.linked)
        return true
      default:
        return false
    }
  }

  /** Whatever a life says, it lives, and earlier lives of its name do not (rule M4). */
  #noteLife(from: Peer): void {
    this.#links.heard(from)
    this.#goneCheck.heard(from)
    this.#host.reach.heard(from)
    const member = memberNamed(this.#context, from.name)
    if (member?.incarnation === from.incarnation) this.#detector.alive(from)
    else if (member && from.incarnation > member.incarnation && this.#mayProveGone(member)) this.proveGone(member)
  }

  #noteAbility(from: Peer, cannotVote = false): void {
    if (lifeNamed(this.#context, from)) this.ability.heard(from, cannotVote)
  }

  #mayProveGone(member: Member): boolean {
    return this.#context.rules.laterLifeProvesGone && this.#host.isMember() && !this.isDoubted(member.name)
  }

  #onPing(from: Peer, seq: number, progress: Progress | undefined): void {
    const { record } = this.#context
    const knowsYou = record !== undefined && hasLife(record.view, from.name, from.incarnation)
    const mine = progressOf(record)
    const unsure = !this.confirmation.isConfirmed
    const word = { knowsYou, ...(mine && { progress: mine }), ...(unsure && { unsure }), ...this.ability.word }
    send(this.#context, from.name, { type: 'gms.ack', seq, ...word })
    this.#catchUp(from.name, progress)
    // Who was expelled, or belongs to the side that we left, learns it from the view.
    if (!knowsYou && this.#host.isMember()) this.#host.sendView(from.name)
  }

  #onAck(from: Peer, { seq, knowsYou, progress, unsure }: AckMessage): void {
    this.#detector.onAck(from, seq)
    this.#catchUp(from.name, progress)
    const sameLineage = progress?.lineage === this.#context.record?.lineage
    if (knowsYou && sameLineage) this.confirmation.onKnown(from.name, seq, unsure !== true)
    const member = lifeNamed(this.#context, from)
    const wentElsewhere = this.#context.quorum === 'none' && !knowsYou && progress !== undefined && !sameLineage
    // Alive, but in a branch without us: it does not count for this view any more.
    if (wentElsewhere && member) this.#passedOver(member)
    if (member && knowsYou && progress && !sameLineage) this.#noteOutOfStep(member)
  }

  /**
   * A member went on in a branch without us. In a large group, where few talk to the coordinator, it may be lost, and all the
   * others with them: then our lineage is over.
   */
  #passedOver(member: Member): void {
    const wasActing = this.actingCoordinator() === member.name
    this.#gone(member, 'failed')
    if (!isLarge(this.#context)) return
    if (wasActing) return this.#host.onOutOfStep()
    this.#isLeftOut = true
    this.#askAfterCoordinator()
  }

  #askAfterCoordinator(): void {
    const name = this.actingCoordinator()
    const acting = name === undefined ? undefined : memberNamed(this.#context, name)
    if (acting) this.#detector.report(acting)
  }

  #doubtChanged(): void {
    this.#host.onDoubtChanged()
    if (this.#isLeftOut && this.#host.isMember()) this.#askAfterCoordinator()
  }

  /** The view may be on its way; if it does not come, our lineage is over, since nobody is left who decides in it. */
  #noteOutOfStep(member: Member): void {
    const { quorum, nowMs, timing } = this.#context
    const counts = isLarge(this.#context) || this.actingCoordinator() === member.name
    if (quorum === 'majority' || !counts) return
    this.#outOfStepMs ??= nowMs
    if (nowMs - this.#outOfStepMs > timing.suspicionMs) this.#host.onOutOfStep()
  }

  /** Probes name the version, so nobody stays behind for long. */
  #catchUp(from: NodeName, theirs: Progress | undefined): void {
    const { record } = this.#context
    if (!theirs || theirs.lineage !== record?.lineage || !this.#host.isMember()) return
    if (theirs.version > record.version) send(this.#context, from, { type: 'gms.view-req' })
    else if (theirs.version < record.version) this.#host.sendView(from)
  }

  #onReport(name: NodeName, incarnation: Incarnation): void {
    const member = memberNamed(this.#context, name)
    if (this.#host.isMember() && member?.incarnation === incarnation) this.#goneCheck.onReport(member)
  }

  /** Certainly over: passed by at once, taken out of the view by the next change. */
  #gone(member: Member, why: LeaveReason): void {
    this.#context.emit({ type: 'down', name: member.name, incarnation: member.incarnation })
    this.#detector.proveGone(member)
    this.#host.onGone(member, why)
  }
}
