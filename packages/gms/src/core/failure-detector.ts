import { below, type Incarnation, jittered, type NodeName, type Peer, shuffled } from '@ring/platform'
import { type GmsContext, memberNamed, otherMembers, progressOf, send } from './context.ts'
import { LocalHealth } from './local-health.ts'
import type { Member } from './view.ts'

/** Whom a probe asks for help when there is no direct answer. */
const indirectProbes = 3

interface Probe {
  readonly target: Member
  /** For whom we probe: somebody who got no answer itself. */
  readonly asker?: { readonly name: NodeName; readonly seq: number }
}

interface Suspicion {
  readonly incarnation: Incarnation
  /** `gone` is proved; `expired` was not contradicted in time. Both mean that we no longer count on this life. */
  readonly state: 'open' | 'expired' | 'gone'
}

/** What the detector tells the rest of membership. */
export interface DetectorListener {
  /** A suspicion was not contradicted in time, or came back to life. */
  onDoubtChanged(): void
}

/**
 * SWIM failure detection (Das, Gupta, Motivala 2002) with Lifeguard's local health: one probe an interval, help from
 * others, then a suspicion that the suspected may contradict. It never expels: {@link Coordinator} verifies and does.
 */
export class FailureDetector {
  readonly #context: GmsContext
  readonly #listener: DetectorListener
  readonly #health = new LocalHealth()
  readonly #probes = new Map<number, Probe>()
  readonly #suspicions = new Map<NodeName, Suspicion>()
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
    for (const [name, { state }] of this.#suspicions) if (state !== 'gone') this.#forget(name)
    this.#health.failed()
    this.#listener.onDoubtChanged()
  }

  /** Forgets those who are no longer members in this life. */
  viewChanged(): void {
    for (const [name, { incarnation }] of this.#suspicions) {
      if (memberNamed(this.#context, name)?.incarnation !== incarnation) this.#forget(name)
    }
    this.#round = []
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
    this.#suspicions.set(member.name, { incarnation: member.incarnation, state: 'gone' })
    this.#listener.onDoubtChanged()
  }

  suspect(member: Member, tellOthers: boolean): void {
    const { self, timing, alarms, nowMs } = this.#context
    if (member.name === self.name || this.#suspicions.get(member.name)?.incarnation === member.incarnation) return
    this.#suspicions.set(member.name, { incarnation: member.incarnation, state: 'open' })
    alarms.set(`suspicion ${member.name}`, nowMs + timing.suspicionMs, () => {
      this.#suspicions.set(member.name, { incarnation: member.incarnation, state: 'expired' })
      this.#listener.onDoubtChanged()
    })
    if (!tellOthers) {
      // Through others as well: a contradiction may have no way to us.
      this.#askOthers(this.#ping(member), member)
      return
    }
    const { name, incarnation } = member
    for (const other of otherMembers(this.#context))
      send(this.#context, other.name, { type: 'gms.suspect', name, incarnation })
  }

  /** Somebody suspects `name`: contradict if it is us, look for ourselves if it is not. */
  onSuspect(name: NodeName, incarnation: Incarnation): void {
    const { self } = this.#context
    if (name === self.name) {
      if (incarnation !== self.incarnation) return
      this.#refutation += 1
      this.#health.failed()
      const refute = { type: 'gms.refute', incarnation, refutation: this.#refutation } as const
      for (const other of otherMembers(this.#context)) send(this.#context, other.name, refute)
      return
    }
    const member = memberNamed(this.#context, name)
    if (member?.incarnation === incarnation) this.suspect(member, false)
  }

  /** A sign of life that comes from the member itself. */
  alive(from: Peer): void {
    const suspicion = this.#suspicions.get(from.name)
    if (suspicion?.incarnation !== from.incarnation || suspicion.state === 'gone') return
    this.#forget(from.name)
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
    // An answer that came through a helper proves the target alive as well.
    if (from.name !== probe.target.name) this.alive({ ...probe.target, role: 'server' })
  }

  /** Probes on behalf of somebody who got no answer. */
  onPingRequest(from: Peer, seq: number, target: NodeName): void {
    const member = memberNamed(this.#context, target)
    if (member) this.#ping(member, { name: from.name, seq })
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
    if (this.#round.length === 0) this.#round = shuffled(this.#context.random, otherMembers(this.#context))
    const target = this.#round.pop()
    if (!target || this.isDoubted(target.name)) return
    const { alarms, nowMs, timing } = this.#context
    const seq = this.#ping(target)
    const ackMs = timing.ackTimeoutMs * this.#health.multiplier
    alarms.set(`ack ${seq}`, nowMs + ackMs, () => this.#askOthers(seq, target))
    alarms.set(`probe-end ${seq}`, nowMs + 2 * ackMs, () => {
      this.#probes.delete(seq)
      this.#health.failed()
      this.suspect(target, true)
    })
  }

  #askOthers(seq: number, target: Member): void {
    const others = otherMembers(this.#context).filter(({ name }) => name !== target.name && !this.isDoubted(name))
    for (const helper of shuffled(this.#context.random, others).slice(0, indirectProbes)) {
      send(this.#context, helper.name, { type: 'gms.ping-req', seq, target: target.name })
    }
  }

  #ping(target: Member, asker?: { name: NodeName; seq: number }): number {
    const seq = this.takeSeq()
    this.#probes.set(seq, { target, ...(asker && { asker }) })
    const progress = progressOf(this.#context.record)
    send(this.#context, target.name, { type: 'gms.ping', seq, ...(progress && { progress }) })
    // Every probe ends, answered or not, so that the table stays small.
    this.#context.alarms.set(`probe-end ${seq}`, this.#context.nowMs + this.#context.timing.detectMs, () => {
      this.#probes.delete(seq)
    })
    return seq
  }

  #forget(name: NodeName): void {
    this.#context.alarms.clear(`suspicion ${name}`)
    this.#suspicions.delete(name)
  }

  #voidProbes(): void {
    for (const seq of this.#probes.keys()) {
      this.#context.alarms.clear(`ack ${seq}`)
      this.#context.alarms.clear(`probe-end ${seq}`)
    }
    this.#probes.clear()
  }
}

/** Another life of the probed name answers: that says nothing for the life that was asked after. */
function isOtherLife(from: Peer, target: Member): boolean {
  return from.name === target.name && from.incarnation !== target.incarnation
}
