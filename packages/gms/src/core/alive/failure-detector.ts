import { below, type Incarnation, jittered, type NodeName, type Peer, shuffled } from '@ring/platform'
import {
  acquaintances,
  type GmsContext,
  isLarge,
  memberNamed,
  otherMembers,
  probed,
  progressOf,
  send,
} from '../context.ts'
import type { GmsMessage } from '../messages.ts'
import type { Member } from '../record/view.ts'
import { LocalHealth } from './local-health.ts'
import { RoundTrip } from './round-trip.ts'

/** Whom a probe asks for help when there is no direct answer. */
const indirectProbes = 3
/** In a large group everybody hears of a doubt in one of the first so many: they are the ones who would act next. */
const headMembers = 7
/** In a large group so many of those who would act next hear of a doubt in anybody. */
const deputies = 3
/** Reported from outside, and every probe failed: the suspicion ends this soon. */
const reportedSuspicionMs = 500

interface Probe {
  readonly target: Member
  readonly sentMs: number
  /** For whom we probe: somebody who got no answer itself. */
  readonly asker?: { readonly name: NodeName; readonly seq: number }
}

interface Suspicion {
  readonly incarnation: Incarnation
  readonly endsMs: number
  /** `gone` is proved; `expired` was not contradicted in time. Both mean that we no longer count on this life. */
  readonly state: 'open' | 'expired' | 'gone'
}

type SuspectMessage = Extract<GmsMessage, { type: 'gms.suspect' }>

/** What the detector tells the rest of membership. */
export interface DetectorListener {
  /** A suspicion was not contradicted in time, or came back to life. */
  onDoubtChanged(): void
  /** What this node says of itself with every probe. */
  word(): { readonly cannotVote?: true }
}

/**
 * SWIM failure detection (Das, Gupta, Motivala 2002) with Lifeguard's local health: one probe an interval, help from
 * others, then a suspicion that the suspected may contradict. It never expels: {@link Coordinator} verifies and does.
 */
export class FailureDetector {
  readonly #context: GmsContext
  readonly #listener: DetectorListener
  readonly #health = new LocalHealth()
  readonly #roundTrip = new RoundTrip()
  readonly #probes = new Map<number, Probe>()
  readonly #suspicions = new Map<NodeName, Suspicion>()
  /** For who doubts and who is doubted, the last doubt that was passed on. */
  readonly #passedOn = new Map<string, number>()
  #round: Member[] = []
  #seq = 0
  #refutation = 0

  constructor(context: GmsContext, listener: DetectorListener) {
    this.#context = context
    this.#listener = listener
  }

  /** Begins to probe; the first probe comes after a random part of the interval, so that members do not act in step. */
  start(): void {
    if (this.#context.alarms.isSet('probe')) return
    this.#schedule(below(this.#context.random, this.#context.timing.probeIntervalMs))
  }

  stop(): void {
    this.#context.alarms.clear('probe')
    this.#voidProbes()
    for (const name of this.#suspicions.keys()) this.#context.alarms.clear(`suspicion ${name}`)
    this.#suspicions.clear()
  }

  /** Rule M3: a node that slept never expels the healthy. Proofs stay, doubts do not. */
  resumed(): void {
    this.#voidProbes()
    for (const [name, { state, incarnation }] of this.#suspicions) {
      if (state === 'gone') continue
      this.#forget(name)
      this.#context.emit({ type: 'suspect', name, incarnation, suspected: false })
    }
    this.#health.failed()
    this.#listener.onDoubtChanged()
  }

  /** Forgets those who are no longer members in this life. */
  viewChanged(): void {
    for (const [name, { incarnation }] of this.#suspicions) {
      if (memberNamed(this.#context, name)?.incarnation !== incarnation) this.#forget(name)
    }
    for (const [seq, { target }] of this.#probes)
      if (memberNamed(this.#context, target.name)?.incarnation !== target.incarnation) this.#endProbe(seq)
    this.#round = []
    this.#passedOn.clear()
  }

  /** A number for a question that is no probe; later probes have higher ones. */
  takeSeq(): number {
    this.#seq += 1
    return this.#seq
  }

  /** Whether we still count on this member. */
  isDoubted(name: NodeName): boolean {
    const state = this.#suspicions.get(name)?.state
    return state === 'expired' || state === 'gone'
  }

  /** The life is certainly over: refused and confirmed, said goodbye, or replaced by a later one. */
  proveGone(member: Member): void {
    this.#context.alarms.clear(`suspicion ${member.name}`)
    this.#suspicions.set(member.name, { incarnation: member.incarnation, state: 'gone', endsMs: this.#context.nowMs })
    this.#listener.onDoubtChanged()
  }

  /** No answer: the member may contradict for one suspicion time. `tellOthers` where the doubt is our own. */
  suspect(member: Member, tellOthers: boolean, forMs = this.#context.timing.suspicionMs): void {
    const { self, nowMs } = this.#context
    const { name, incarnation } = member
    // A probe may outlive the life that it asked after.
    if (name === self.name || memberNamed(this.#context, name)?.incarnation !== incarnation) return
    const known = this.#suspicions.get(name)
    const endsMs = nowMs + forMs
    if (known?.incarnation === incarnation && (known.state !== 'open' || known.endsMs <= endsMs)) return
    this.#suspicions.set(name, { incarnation, state: 'open', endsMs })
    this.#context.alarms.set(`suspicion ${name}`, endsMs, () => this.#expired(member))
    this.#context.emit({ type: 'suspect', name, incarnation, suspected: true })
    // Through others as well: a contradiction may have no way to us.
    if (tellOthers) this.#tellOf(member, { soon: forMs < this.#context.timing.suspicionMs })
    else this.#askOthers(this.#ping(member), member)
  }

  /** Somebody suspects `name`: contradict if it is us, look for ourselves if it is not. */
  onSuspect({ name, incarnation, first, soon }: SuspectMessage): void {
    const { self, timing } = this.#context
    if (name === self.name) return this.#contradict(incarnation)
    const member = memberNamed(this.#context, name)
    if (member?.incarnation !== incarnation || (first && !this.#isNews(name, first))) return
    this.suspect(member, false, soon ? Math.min(reportedSuspicionMs, timing.suspicionMs) : timing.suspicionMs)
    if (first) this.#passOn({ type: 'gms.suspect', name, incarnation, first, ...(soon && { soon }) })
  }

  /** Somebody outside says that it is dead: looked after at once, directly and through others (the first of two probes). */
  report(member: Member): void {
    if (this.isDoubted(member.name) || member.name === this.#context.self.name) return
    const { alarms, nowMs, timing } = this.#context
    const seq = this.#ping(member)
    this.#askOthers(seq, member)
    const { directMs, throughOthersMs } = this.#lateAfter()
    alarms.set(`probe-end ${seq}`, nowMs + Math.max(directMs, throughOthersMs), () => {
      this.#probes.delete(seq)
      this.suspect(member, true, Math.min(reportedSuspicionMs, timing.suspicionMs))
    })
  }

  /** A sign of life that comes from the member itself. */
  alive(from: Peer): void {
    const suspicion = this.#suspicions.get(from.name)
    if (suspicion?.incarnation !== from.incarnation || suspicion.state === 'gone') return
    this.#forget(from.name)
    this.#context.emit({ type: 'suspect', name: from.name, incarnation: from.incarnation, suspected: false })
    this.#listener.onDoubtChanged()
  }

  onAck(from: Peer, seq: number): void {
    const probe = this.#probes.get(seq)
    if (!probe || isOtherLife(from, probe.target)) return
    this.#probes.delete(seq)
    this.#context.alarms.clear(`ack ${seq}`)
    this.#context.alarms.clear(`probe-end ${seq}`)
    if (probe.asker) {
      send(this.#context, probe.asker.name, { type: 'gms.ack', seq: probe.asker.seq, knowsYou: true })
      return
    }
    this.#health.succeeded()
    if (from.name === probe.target.name) this.#roundTrip.note(this.#context.nowMs - probe.sentMs)
    // An answer that came through a helper proves the target alive as well.
    if (from.name !== probe.target.name) this.alive({ ...probe.target, role: 'server' })
  }

  /** Probes on behalf of somebody who got no answer. */
  onPingRequest(from: Peer, seq: number, target: NodeName): void {
    const member = memberNamed(this.#context, target)
    if (member) this.#ping(member, { name: from.name, seq })
  }

  /** How long to wait for a direct answer, and then for one that comes through a helper, which is two trips. */
  #lateAfter(): { readonly directMs: number; readonly throughOthersMs: number } {
    const { ackTimeoutMs } = this.#context.timing
    const { multiplier } = this.#health
    return {
      directMs: multiplier * this.#roundTrip.lateAfterMs(ackTimeoutMs, 2 * ackTimeoutMs),
      throughOthersMs: multiplier * this.#roundTrip.lateAfterMs(ackTimeoutMs, 4 * ackTimeoutMs, 2),
    }
  }

  #schedule(delayMs: number): void {
    const { alarms, nowMs } = this.#context
    alarms.set('probe', nowMs + delayMs, () => {
      const { random, timing } = this.#context
      this.#probeNext()
      this.#schedule(jittered(random, timing.probeIntervalMs, 0.05))
    })
  }

  #probeNext(): void {
    if (this.#round.length === 0) this.#round = shuffled(this.#context.random, probed(this.#context))
    const target = this.#round.pop()
    if (!target || this.isDoubted(target.name)) return
    const { alarms, nowMs } = this.#context
    const seq = this.#ping(target)
    const { directMs, throughOthersMs } = this.#lateAfter()
    alarms.set(`ack ${seq}`, nowMs + directMs, () => this.#askOthers(seq, target))
    alarms.set(`probe-end ${seq}`, nowMs + directMs + throughOthersMs, () => {
      this.#probes.delete(seq)
      this.#health.failed()
      this.suspect(target, true)
    })
  }

  #askOthers(seq: number, target: Member): void {
    const others = acquaintances(this.#context, target.name).filter(({ name }) => !this.isDoubted(name))
    for (const helper of shuffled(this.#context.random, others).slice(0, indirectProbes)) {
      send(this.#context, helper.name, { type: 'gms.ping-req', seq, target: target.name })
    }
  }

  #ping(target: Member, asker?: { name: NodeName; seq: number }): number {
    const seq = this.takeSeq()
    this.#probes.set(seq, { target, sentMs: this.#context.nowMs, ...(asker && { asker }) })
    const progress = progressOf(this.#context.record)
    send(this.#context, target.name, { type: 'gms.ping', seq, ...(progress && { progress }), ...this.#listener.word() })
    // Every probe ends, answered or not, so that the table stays small.
    this.#context.alarms.set(`probe-end ${seq}`, this.#context.nowMs + this.#context.timing.detectMs, () => {
      this.#probes.delete(seq)
    })
    return seq
  }

  #expired(member: Member): void {
    const { name, incarnation } = member
    this.#suspicions.set(name, { incarnation, state: 'expired', endsMs: this.#context.nowMs })
    // Who would act may be another one by now.
    if (isLarge(this.#context)) this.#tellOf(member, { toAll: this.#isAcquainted(name) })
    this.#listener.onDoubtChanged()
  }

  #contradict(incarnation: Incarnation): void {
    const { self } = this.#context
    if (incarnation !== self.incarnation) return
    this.#refutation += 1
    this.#health.failed()
    const refute = { type: 'gms.refute', incarnation, refutation: this.#refutation } as const
    for (const { name } of this.#whoMayDoubt(self.name)) send(this.#context, name, refute)
  }

  #tellOf({ name, incarnation }: Member, { soon = false, toAll = true }): void {
    const told = new Set(this.#whoMayDoubt(name).map((other) => other.name)).add(name)
    const suspect = { type: 'gms.suspect', name, incarnation, ...(soon && { soon }) } as const
    for (const other of told) send(this.#context, other, suspect)
    if (!toAll || !isLarge(this.#context) || !this.#isAtHead(name)) return
    const first = { by: this.#context.self.name, seq: this.takeSeq() }
    if (this.#isNews(name, first)) this.#passOn({ ...suspect, first })
  }

  #passOn(message: SuspectMessage): void {
    for (const { name } of acquaintances(this.#context, this.#context.self.name)) send(this.#context, name, message)
  }

  /** A doubt is passed on once: it may come around when the suspected has contradicted long since. */
  #isNews(name: NodeName, { by, seq }: NonNullable<SuspectMessage['first']>): boolean {
    const key = `${by} ${name}`
    if (seq <= (this.#passedOn.get(key) ?? -1)) return false
    this.#passedOn.set(key, seq)
    return true
  }

  /** All doubt one at the head by then; if all of them told all the others again, that would be a message for each pair. */
  #isAcquainted(name: NodeName): boolean {
    return acquaintances(this.#context, this.#context.self.name).some((other) => other.name === name)
  }

  #isAtHead(name: NodeName): boolean {
    return this.#context.record?.view.members.slice(0, headMembers).some((member) => member.name === name) === true
  }

  /** Everybody; in a large group those who know it, and those who would take it out. */
  #whoMayDoubt(name: NodeName): readonly Member[] {
    if (!isLarge(this.#context)) return otherMembers(this.#context)
    const first = otherMembers(this.#context).filter((member) => member.name !== name && !this.isDoubted(member.name))
    return [...new Set([...first.slice(0, deputies), ...acquaintances(this.#context, name)])]
  }

  #forget(name: NodeName): void {
    this.#context.alarms.clear(`suspicion ${name}`)
    this.#suspicions.delete(name)
  }

  #voidProbes(): void {
    for (const seq of [...this.#probes.keys()]) this.#endProbe(seq)
  }

  #endProbe(seq: number): void {
    this.#probes.delete(seq)
    this.#context.alarms.clear(`ack ${seq}`)
    this.#context.alarms.clear(`probe-end ${seq}`)
  }
}

/** Another life of the probed name answers: that says nothing for the life that was asked after. */
function isOtherLife(from: Peer, target: Member): boolean {
  return from.name === target.name && from.incarnation !== target.incarnation
}
