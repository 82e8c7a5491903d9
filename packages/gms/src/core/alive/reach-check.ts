import { below, type Incarnation, jittered, type NodeName, type Peer, shuffled } from '@ring/platform'
import { type GmsContext, isLarge, memberNamed, otherMembers, progressOf, send } from '../context.ts'
import { type Member, speaksReach } from '../record/view.ts'
import type { DialBack, DialVerdict } from './dial-back.ts'
import type { ReachNotes } from './reach-notes.ts'

/** So many others are asked whether they can dial a member. */
const askedMax = 16
/** In a large group so many of the first ones dial a new coordinator at once; the others do when its turn comes. */
const firstToDial = 7

/** A member whose dials fail, although it is heard of. */
interface Failing {
  readonly incarnation: Incarnation
  /** When it was dialled again. */
  readonly againMs: number
  heardMs: number
}

/** The question to others whether they can dial a member, and what they said. */
interface Poll {
  readonly member: Member
  readonly size: number
  readonly open: Set<NodeName>
  failed: number
}

export interface ReachCheckHost {
  isDoubted(name: NodeName): boolean
  /** The first member that we count on, leaving some out. */
  actingCoordinator(without?: (member: Member) => boolean): NodeName | undefined
  takeSeq(): number
  /** What this node says of itself with every probe. */
  word(): { readonly cannotVote?: true }
  /** Most of the others cannot dial it: it is to go out of the view. */
  onUndialable(member: Member): void
}

/**
 * Finds members that are alive and cannot be dialled: a port that a firewall closed, an address that changed. Their own
 * links still carry probes, so that failure detection sees nothing wrong, while nobody can bring them a request. Members
 * dial each other in turn; who fails twice, and hears from the member meanwhile, reports it; the others are asked; when most of
 * them cannot dial it either, the coordinator takes it out. It is not let in again before it can be dialled ({@link DialBack}).
 */
export class ReachCheck {
  readonly #context: GmsContext
  readonly #dialBack: DialBack
  readonly #notes: ReachNotes
  readonly #host: ReachCheckHost
  readonly #failing = new Map<NodeName, Failing>()
  readonly #polls = new Map<NodeName, Poll>()
  readonly #reached = new Map<NodeName, Incarnation>()
  #round: Member[] = []
  /** Dials that began before a pause say nothing. */
  #era = 0

  constructor(context: GmsContext, dialBack: DialBack, notes: ReachNotes, host: ReachCheckHost) {
    this.#context = context
    this.#dialBack = dialBack
    this.#notes = notes
    this.#host = host
  }

  start(): void {
    const { alarms, nowMs, random, timing } = this.#context
    alarms.set('reach', nowMs + jittered(random, 2 * timing.detectMs, 0.3), () => {
      this.#checkNext()
      this.start()
    })
  }

  reset(): void {
    this.resumed()
    this.#reached.clear()
    this.#round = []
    this.#context.alarms.clear('reach')
    this.#context.alarms.clear('reach first')
  }

  /** Rule M3: what was under way during a pause says nothing of the others. */
  resumed(): void {
    this.#era += 1
    for (const name of this.#failing.keys()) this.#context.alarms.clear(`reach ${name}`)
    for (const name of this.#polls.keys()) this.#context.alarms.clear(`poll ${name}`)
    this.#failing.clear()
    this.#polls.clear()
  }

  /** A new coordinator is looked at soon: whom it cannot be dialled by, cannot join. */
  viewChanged(): void {
    this.#round = []
    for (const known of [this.#failing, this.#polls, this.#reached])
      for (const name of known.keys()) if (!memberNamed(this.#context, name)) known.delete(name)
    const { record, self, alarms, nowMs, random, timing } = this.#context
    const members = record?.view.members ?? []
    const [first] = members
    if (!first || first.name === self.name || this.#reached.get(first.name) === first.incarnation) return
    if (isLarge(this.#context) && members.findIndex(({ name }) => name === self.name) > firstToDial) return
    alarms.set('reach first', nowMs + below(random, timing.ackTimeoutMs), () => {
      if (this.#isThere(first)) this.#check(first, false)
    })
  }

  /** It speaks, so it lives. */
  heard({ name, incarnation }: Peer): void {
    const failing = this.#failing.get(name)
    if (failing?.incarnation === incarnation) failing.heardMs = this.#context.nowMs
  }

  /** Somebody cannot dial it: the one who would act without it asks the others. */
  onReport(name: NodeName, incarnation: Incarnation): void {
    const member = memberNamed(this.#context, name)
    const acting = this.#host.actingCoordinator((one) => one.name === name)
    if (member?.incarnation !== incarnation || acting !== this.#context.self.name || this.#polls.has(name)) return
    const others = otherMembers(this.#context).filter((other) => other.name !== name)
    const asked = shuffled(this.#context.random, others).slice(0, askedMax)
    const understand = asked.filter(({ speaks = 1 }) => speaks >= speaksReach).map((other) => other.name)
    const open = new Set([this.#context.self.name, ...understand])
    const poll: Poll = { member, size: asked.length + 1, open, failed: 0 }
    this.#polls.set(name, poll)
    for (const other of understand) send(this.#context, other, { type: 'gms.dial-req', name, incarnation })
    const { alarms, nowMs, timing } = this.#context
    alarms.set(`poll ${name}`, nowMs + 2 * timing.joinTimeoutMs, () => this.#polls.delete(name))
    const era = this.#era
    this.#dialBack.ask(member, ({ reached }) => {
      if (era === this.#era) this.onDialled(this.#context.self.name, name, incarnation, reached)
    })
  }

  /** Somebody asks whether this node can dial it. */
  onQuestion(from: NodeName, name: NodeName, incarnation: Incarnation): void {
    const member = memberNamed(this.#context, name)
    if (member?.incarnation !== incarnation || name === this.#context.self.name) return
    const era = this.#era
    this.#dialBack.ask(
      member,
      ({ reached }) => {
        if (era === this.#era) send(this.#context, from, { type: 'gms.dial-rsp', name, incarnation, reached })
      },
      true,
    )
  }

  /** What somebody's dial came to. More than half of all that were asked have to fail: silence is no word against it. */
  onDialled(from: NodeName, name: NodeName, incarnation: Incarnation, reached: boolean): void {
    const poll = this.#polls.get(name)
    if (poll?.member.incarnation !== incarnation || !poll.open.delete(from)) return
    if (!reached) poll.failed += 1
    if (2 * poll.failed > poll.size) {
      this.#endPoll(name)
      this.#host.onUndialable(poll.member)
    } else if (poll.open.size === 0) this.#endPoll(name)
  }

  #endPoll(name: NodeName): void {
    this.#polls.delete(name)
    this.#context.alarms.clear(`poll ${name}`)
  }

  #checkNext(): void {
    if (this.#round.length === 0) this.#round = shuffled(this.#context.random, otherMembers(this.#context))
    const target = this.#round.pop()
    if (target && this.#isThere(target)) this.#check(target, true)
  }

  #check(member: Member, anew: boolean): void {
    const era = this.#era
    this.#dialBack.ask(
      member,
      (verdict) => {
        if (era === this.#era && this.#isThere(member)) this.#checked(member, verdict)
      },
      anew,
    )
  }

  #isThere({ name, incarnation }: Member): boolean {
    const isMember = memberNamed(this.#context, name)?.incarnation === incarnation
    return this.#context.phase === 'member' && isMember && !this.#host.isDoubted(name)
  }

  #checked(member: Member, verdict: DialVerdict): void {
    const { name, incarnation } = member
    if (!verdict.reached) return this.#failed(member, verdict.why)
    this.#reached.set(name, incarnation)
    this.#failing.delete(name)
    this.#notes.reached(name)
  }

  /** Once may be chance. Silence as well is a matter for failure detection, which asks for more. */
  #failed(member: Member, why: string): void {
    const { name, incarnation } = member
    const failing = this.#failing.get(name)
    if (failing?.incarnation !== incarnation) return this.#checkAgain(member)
    const { alarms, nowMs, timing } = this.#context
    // Its answer to the question of a moment ago may still be on the way.
    alarms.set(`reach ${name}`, nowMs + timing.ackTimeoutMs, () => {
      this.#failing.delete(name)
      if (failing.heardMs >= failing.againMs && this.#isThere(member)) this.#confirmed(member, why)
    })
  }

  #confirmed(member: Member, why: string): void {
    const { name } = member
    this.#notes.cannotDial(name, member.address, why)
    if ((member.speaks ?? 1) >= speaksReach)
      send(this.#context, name, { type: 'gms.undialable', address: member.address, why })
    this.#report(member)
  }

  #checkAgain(member: Member): void {
    const { alarms, nowMs, timing } = this.#context
    const { name, incarnation } = member
    const againMs = nowMs + timing.probeIntervalMs
    this.#failing.set(name, { incarnation, againMs, heardMs: Number.NEGATIVE_INFINITY })
    alarms.set(`reach ${name}`, againMs, () => {
      if (!this.#isThere(member)) return this.#failing.delete(name)
      const progress = progressOf(this.#context.record)
      const seq = this.#host.takeSeq()
      send(this.#context, name, { type: 'gms.ping', seq, ...(progress && { progress }), ...this.#host.word() })
      return this.#check(member, true)
    })
  }

  #report({ name, incarnation }: Member): void {
    const acting = this.#host.actingCoordinator((one) => one.name === name)
    if (acting === this.#context.self.name) return this.onReport(name, incarnation)
    const { speaks = 1 } = (acting === undefined ? undefined : memberNamed(this.#context, acting)) ?? {}
    if (acting !== undefined && speaks >= speaksReach)
      send(this.#context, acting, { type: 'gms.undialable-report', name, incarnation })
  }
}
