import type { DialOutcome, Incarnation, NodeName, Peer } from '@ring/platform'
import { dial, type GmsContext, memberNamed, otherMembers, send } from './context.ts'
import type { Member } from './view.ts'

interface Check {
  readonly member: Member
  /** Members that were asked whether they hold a live link to it and have not answered yet. */
  readonly asked: Set<NodeName>
}

/** What the check needs to know, and whom it tells. */
export interface GoneCheckHost {
  /** The first member we count on, leaving out `without`. */
  actingCoordinator(without: NodeName): NodeName | undefined
  isDoubted(name: NodeName): boolean
  isLinked(name: NodeName, incarnation: Incarnation): boolean
  onConfirmedGone(member: Member): void
  onSilent(member: Member): void
  onLaterLife(member: Member): void
}

/**
 * The fast path (rule M2): a lost link is dialled again; "refused" at the node's own address, got by the coordinator,
 * with nobody holding a live link to that life, proves the process gone. A firewall alone cannot.
 */
export class GoneCheck {
  readonly #context: GmsContext
  readonly #host: GoneCheckHost
  readonly #dials = new Map<number, Member>()
  readonly #checks = new Map<NodeName, Check>()
  /** The lives whose machine refused us. */
  readonly #refusals = new Map<NodeName, Incarnation>()

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

  /** Takes the outcome of a dial of ours; false when the token is somebody else's. */
  onDialled(token: number, outcome: DialOutcome): boolean {
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
        if (this.#isLaterLife(outcome.peer, member)) this.#host.onLaterLife(member)
        break
      case 'unreachable':
      case 'rejected':
        this.#host.onSilent(member)
        break
    }
    return true
  }

  onLinkedAnswer(from: NodeName, name: NodeName, incarnation: Incarnation, linked: boolean): void {
    const check = this.#checks.get(name)
    if (check?.member.incarnation !== incarnation || !check.asked.delete(from)) return
    if (linked) this.#end(name)
    else if (check.asked.size === 0) this.#confirm(check.member)
  }

  /** The answer to somebody else's question. */
  answerLinked(to: NodeName, name: NodeName, incarnation: Incarnation): void {
    const linked = this.#host.isLinked(name, incarnation)
    send(this.#context, to, { type: 'gms.linked-rsp', name, incarnation, linked })
  }

  reset(): void {
    this.#dials.clear()
    this.#refusals.clear()
    for (const name of [...this.#checks.keys()]) this.#end(name)
  }

  #isLaterLife(peer: Peer, member: Member): boolean {
    return peer.name === member.name && peer.incarnation > member.incarnation && this.#context.rules.laterLifeProvesGone
  }

  #refused(member: Member): void {
    const { self } = this.#context
    this.#refusals.set(member.name, member.incarnation)
    const acting = this.#host.actingCoordinator(member.name)
    const { name, incarnation } = member
    if (acting !== self.name) {
      if (acting !== undefined) send(this.#context, acting, { type: 'gms.refused-report', name, incarnation })
      return
    }
    const others = otherMembers(this.#context).filter(
      (other) => other.name !== name && !this.#host.isDoubted(other.name),
    )
    if (others.length === 0 || !this.#context.rules.refusalIsConfirmed) {
      this.#confirm(member)
      return
    }
    this.#checks.set(name, { member, asked: new Set(others.map((other) => other.name)) })
    for (const other of others) send(this.#context, other.name, { type: 'gms.linked-req', name, incarnation })
    // Who does not answer holds no link that we could count on.
    this.#context.alarms.set(`gone ${name}`, this.#context.nowMs + this.#context.timing.ackTimeoutMs, () =>
      this.#confirm(member),
    )
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
