import type { DialOutcome, Incarnation, NodeName, Peer } from '@ring/platform'
import { acquaintances, dial, type GmsContext, memberNamed, otherMembers, send } from '../context.ts'
import type { Member } from '../record/view.ts'

interface Check {
  readonly member: Member
  /** Members that were asked whether they hold a live link to it and have not answered yet. */
  readonly asked: Set<NodeName>
  /** Whether one of them was refused, too. */
  isConfirmed: boolean
}

/** Who wants to know of us whether that life is there. */
interface Question {
  readonly from: NodeName
  readonly member: Member
}

/** What the check needs to know, and whom it tells. */
export interface GoneCheckHost {
  /** The first member we count on, leaving some out. */
  actingCoordinator(without: (member: Member) => boolean): NodeName | undefined
  isDoubted(name: NodeName): boolean
  isLinked(name: NodeName, incarnation: Incarnation): boolean
  onConfirmedGone(member: Member): void
  onSilent(member: Member): void
  onLaterLife(member: Member): void
}

/**
 * The fast path (rule M2): a lost link is dialled again; "refused" at the node's own address, got by the coordinator,
 * with nobody who holds, or can open, a link to that life, proves the process gone, once a second member was refused as well. A firewall alone cannot.
 */
export class GoneCheck {
  readonly #context: GmsContext
  readonly #host: GoneCheckHost
  readonly #dials = new Map<number, Member>()
  readonly #checks = new Map<NodeName, Check>()
  readonly #questions = new Map<number, Question>()
  /** The lives whose machine refused us. */
  readonly #refusals = new Map<NodeName, Incarnation>()
  /** The lives whose machine gave no answer to our last dial. */
  readonly #silences = new Map<NodeName, Incarnation>()

  constructor(context: GmsContext, host: GoneCheckHost) {
    this.#context = context
    this.#host = host
  }

  /** The link to `member` was lost. */
  begin(member: Member): void {
    for (const dialled of this.#dials.values()) if (dialled.name === member.name) return
    if (this.#checks.has(member.name)) return
    const token = dial(this.#context, member.address)
    this.#dials.set(token, member)
  }

  /** Somebody reports it refused: no proof before this node has dialled, too. */
  onReport(member: Member): void {
    if (this.#context.rules.refusalIsConfirmed) this.begin(member)
    else this.#confirm(member)
  }

  /** Whether this node itself was refused at the address of that life. */
  wasRefused(member: Member): boolean {
    return this.#refusals.get(member.name) === member.incarnation
  }

  /** Whether our last dial of that life came to nothing. */
  wasSilent(member: Member): boolean {
    return this.#silences.get(member.name) === member.incarnation
  }

  /** Forgets lives that are not in the view any more. */
  viewChanged(): void {
    for (const known of [this.#refusals, this.#silences])
      for (const [name, incarnation] of known)
        if (memberNamed(this.#context, name)?.incarnation !== incarnation) known.delete(name)
  }

  /** It lives: it has spoken. */
  heard({ name }: Peer): void {
    this.#silences.delete(name)
  }

  /** Takes the outcome of a dial of ours; false when the token is somebody else's. */
  onDialled(token: number, outcome: DialOutcome): boolean {
    const question = this.#questions.get(token)
    if (question) return this.#answer(token, question, outcome)
    const member = this.#dials.get(token)
    if (!member) return false
    this.#dials.delete(token)
    if (memberNamed(this.#context, member.name)?.incarnation !== member.incarnation) return true
    switch (outcome.kind) {
      case 'refused':
        this.#refused(member)
        break
      case 'connected':
        this.#refusals.delete(member.name)
        this.#silences.delete(member.name)
        if (this.#isLaterLife(outcome.peer, member)) this.#host.onLaterLife(member)
        break
      case 'unreachable':
      case 'rejected':
        this.#silences.set(member.name, member.incarnation)
        this.#host.onSilent(member)
        break
    }
    return true
  }

  onLinkedAnswer(from: NodeName, name: NodeName, incarnation: Incarnation, linked: boolean): void {
    const check = this.#checks.get(name)
    if (check?.member.incarnation !== incarnation || !check.asked.delete(from)) return
    if (linked) return this.#end(name)
    check.isConfirmed = true
    if (check.asked.size === 0) this.#confirm(check.member)
  }

  /**
   * Somebody else's question. Links come and go, so that none is open now says little: who has none dials before it
   * answers.
   */
  onLinkedQuestion(from: NodeName, name: NodeName, incarnation: Incarnation): void {
    const member = memberNamed(this.#context, name)
    if (this.#host.isLinked(name, incarnation)) return this.#tell(from, name, incarnation, true)
    if (member?.incarnation !== incarnation || name === this.#context.self.name)
      return this.#tell(from, name, incarnation, false)
    for (const asked of this.#questions.values()) if (asked.from === from && asked.member.name === name) return
    this.#questions.set(dial(this.#context, member.address), { from, member })
  }

  reset(): void {
    this.#dials.clear()
    this.#questions.clear()
    this.#refusals.clear()
    this.#silences.clear()
    for (const name of [...this.#checks.keys()]) this.#end(name)
  }

  /** Who was neither refused nor let in cannot tell, and says nothing. */
  #answer(token: number, { from, member }: Question, outcome: DialOutcome): true {
    this.#questions.delete(token)
    const { name, incarnation } = member
    if (outcome.kind === 'connected') this.#tell(from, name, incarnation, outcome.peer.incarnation === incarnation)
    else if (outcome.kind === 'refused') this.#tell(from, name, incarnation, false)
    return true
  }

  #tell(to: NodeName, name: NodeName, incarnation: Incarnation, linked: boolean): void {
    send(this.#context, to, { type: 'gms.linked-rsp', name, incarnation, linked })
  }

  #isLaterLife(peer: Peer, member: Member): boolean {
    return peer.name === member.name && peer.incarnation > member.incarnation && this.#context.rules.laterLifeProvesGone
  }

  /** Whoever was to hear of an earlier refusal may be refused itself: with each new one all are looked at again. */
  #refused(member: Member): void {
    this.#refusals.set(member.name, member.incarnation)
    for (const check of [...this.#checks.values()])
      if (check.asked.delete(member.name) && check.asked.size === 0) this.#timeIsUp(check.member)
    for (const other of otherMembers(this.#context)) if (this.wasRefused(other)) this.#pursue(other)
  }

  #pursue(member: Member): void {
    const { self, alarms, nowMs, timing } = this.#context
    const { name, incarnation } = member
    if (this.#checks.has(name) || this.#host.isDoubted(name)) return
    const acting = this.#host.actingCoordinator((other) => other.name === name || this.wasRefused(other))
    if (acting !== self.name) {
      if (acting !== undefined) send(this.#context, acting, { type: 'gms.refused-report', name, incarnation })
      return
    }
    const others = acquaintances(this.#context, name).filter(
      (other) => !this.#host.isDoubted(other.name) && !this.wasRefused(other),
    )
    if (others.length === 0 || !this.#context.rules.refusalIsConfirmed) {
      this.#confirm(member)
      return
    }
    this.#checks.set(name, { member, asked: new Set(others.map((other) => other.name)), isConfirmed: false })
    for (const other of others) send(this.#context, other.name, { type: 'gms.linked-req', name, incarnation })
    alarms.set(`gone ${name}`, nowMs + timing.ackTimeoutMs, () => this.#timeIsUp(member))
  }

  /** Silence proves nothing, neither theirs whom we asked nor its own: then it is for the suspicion. */
  #timeIsUp(member: Member): void {
    if (this.#checks.get(member.name)?.isConfirmed) return this.#confirm(member)
    this.#end(member.name)
    this.#host.onSilent(member)
  }

  #confirm(member: Member): void {
    this.#end(member.name)
    if (memberNamed(this.#context, member.name)?.incarnation === member.incarnation) this.#host.onConfirmedGone(member)
  }

  #end(name: NodeName): void {
    this.#checks.delete(name)
    this.#context.alarms.clear(`gone ${name}`)
  }
}
