import type { Answer } from '@ring/discovery'
import {
  type Core,
  type DialOutcome,
  type Incarnation,
  jittered,
  type LinkEnd,
  type NodeName,
  type Peer,
  type Random,
} from '@ring/platform'
import { Alarms } from '../alarms.ts'
import { dial, type GmsContext, memberNamed, progressOf, send } from '../context.ts'
import { isOlder } from '../deciding/older-coordinator.ts'
import { Proposals } from '../deciding/proposals.ts'
import type { GmsEffect, GmsEvent, Identity } from '../effects.ts'
import type { GmsMessage } from '../messages.ts'
import { applyDelta, type ViewDelta } from '../record/delta.ts'
import type { StateParts } from '../record/state-parts.ts'
import { changeBetween, type GroupRecord, isParty, type Member, speaksNow } from '../record/view.ts'
import { soundRules } from '../rules.ts'
import type { Timing } from '../timing.ts'

export interface FollowerOptions {
  readonly self: Identity
  /** What the servers decide by; needed to take deltas. */
  readonly quorum: 'none' | 'majority'
  readonly parts: StateParts
  readonly timing: Timing
  readonly random: Random
}

/**
 * Membership of a slave: it finds servers, attaches to all of them, takes the record from them, and reports servers whose
 * machine refuses. It is not in the record itself.
 */
export class FollowerCore implements Core<GmsEvent, GmsEffect> {
  readonly #context: GmsContext
  readonly #dials = new Map<number, Member>()
  readonly #links = new Map<NodeName, Incarnation>()
  readonly #proposals: Proposals
  #effects: GmsEffect[] = []
  readonly #heardFrom = new Map<NodeName, number>()
  /** When a server of the followed lineage was last heard of. */
  #heardMs = 0
  #stopped = false

  constructor(options: FollowerOptions) {
    this.#context = {
      ...options,
      alarms: new Alarms(),
      phase: 'member',
      rules: soundRules,
      record: undefined,
      built: 0,
      dials: 0,
      nowMs: 0,
      wallMs: 0,
      emit: (effect) => this.#effects.push(effect),
    }
    this.#proposals = new Proposals(this.#context, {
      decider: () => this.#server()?.name,
      operate: () => undefined,
      isOlder: (name) => isOlder(this.#context, name),
      askOlder: () => false,
      missing: () => undefined,
    })
  }

  get record(): GroupRecord | undefined {
    return this.#context.record
  }

  get nextMs(): number | undefined {
    return this.#context.alarms.nextMs
  }

  step(event: GmsEvent, nowMs: number, wallMs = this.#context.wallMs): readonly GmsEffect[] {
    this.#context.nowMs = nowMs
    this.#context.wallMs = wallMs
    this.#effects = []
    if (!this.#stopped) this.#take(event)
    return this.#effects
  }

  #take(event: GmsEvent): void {
    switch (event.type) {
      case 'start':
        return this.#discover()
      case 'leave':
        this.#stopped = true
        this.#proposals.stop()
        this.#context.alarms.clearAll()
        this.#context.emit({ type: 'status', status: { phase: 'left' } })
        return this.#context.emit({ type: 'left' })
      case 'tick':
        return this.#context.alarms.runDue(this.#context.nowMs)
      case 'resumed':
        this.#heardMs += event.gapMs
        return this.#context.alarms.postpone(event.gapMs)
      case 'message':
        return this.#message(event.from, event.message)
      case 'link-up':
        this.#links.set(event.peer.name, event.peer.incarnation)
        return
      case 'link-down':
        return this.#linkDown(event.peer, event.end)
      case 'dialled':
        return this.#dialled(event.token, event.outcome)
      case 'discovered':
        return this.#discovered(event.answers)
      case 'propose':
        return this.#proposals.propose(event.operation, event.forMs)
      default:
        return
    }
  }

  #discover(): void {
    this.#context.emit({ type: 'status', status: { phase: 'discovering', waitingFor: [] } })
    this.#context.emit({ type: 'discover', purpose: 'join' })
  }

  #discovered(answers: readonly Answer[]): void {
    const { alarms, nowMs, random } = this.#context
    const members = answers.filter(({ standing }) => standing.kind === 'member')
    for (const { name, address } of members) {
      this.#context.emit({ type: 'learn-address', name, address })
      this.#follow(name)
    }
    if (!this.#context.record) alarms.set('follow', nowMs + jittered(random, 200, 0.3), () => this.#again())
  }

  #again(): void {
    if (!this.#context.record) this.#discover()
  }

  #follow(name: NodeName): void {
    const progress = progressOf(this.#context.record)
    send(this.#context, name, { type: 'gms.follow', speaks: speaksNow, ...(progress && { progress }) })
  }

  /** Tells every server that we are there and how far we are; who is further sends its record. */
  #followAll(): void {
    const { record, alarms, nowMs, timing } = this.#context
    if (!record) return
    for (const { name } of record.view.members) this.#follow(name)
    if (nowMs - this.#heardMs > timing.detectMs) this.#context.emit({ type: 'discover', purpose: 'join' })
    alarms.set('follow', nowMs + timing.followIntervalMs, () => this.#followAll())
  }

  #message(from: Peer, message: GmsMessage): void {
    const { record, nowMs } = this.#context
    this.#heardFrom.set(from.name, nowMs)
    switch (message.type) {
      case 'gms.view':
        return this.#onView(from, message.record)
      case 'gms.delta':
        return this.#onDelta(from, message.delta)
      case 'gms.ack':
        if (message.progress?.lineage === record?.lineage) this.#heardMs = nowMs
        return
      case 'gms.operation-rsp':
        return this.#proposals.onResult(from.name, message.id, message.result)
      case 'gms.ping':
        return send(this.#context, from.name, { type: 'gms.ack', seq: message.seq, knowsYou: true })
      default:
        return
    }
  }

  #onDelta(from: Peer, delta: ViewDelta): void {
    const { record } = this.#context
    if (record?.lineage !== delta.base.lineage || delta.base.version < record.version) return
    const next = applyDelta(record, delta, this.#context)
    if (next) this.#onView(from, next)
    else send(this.#context, from.name, { type: 'gms.view-req' })
  }

  #onView(from: Peer, record: GroupRecord): void {
    const { record: mine, nowMs, timing } = this.#context
    if (mine?.lineage === record.lineage) {
      if (!isParty(from, mine.view, record.view)) return
      this.#heardMs = nowMs
      if (record.version > mine.version) this.#install(record)
      return
    }
    // Another lineage is followed when ours fell silent, or when it continues ours without a coordinator that we reach.
    const silent = mine === undefined || nowMs - this.#heardMs > timing.detectMs
    const continues = mine !== undefined && record.parent?.lineage === mine.lineage && !this.#reachesVoterOf(mine)
    // A merge names the group that we followed: it lives on in this one.
    const took = record.view.merged?.some(({ lineage }) => lineage === mine?.lineage) === true
    if (silent || continues || took) this.#install(record)
  }

  /** Who is asked to bring an operation to the coordinator: the first server that is linked, or the next after one that went. */
  #server(): Member | undefined {
    const members = this.#context.record?.view.members ?? []
    return members.find(({ name, incarnation }) => this.#links.get(name) === incarnation) ?? members[0]
  }

  /** A link alone proves nothing: a coordinator that is stopped keeps it open. */
  #reachesVoterOf({ voters, view }: GroupRecord): boolean {
    const { nowMs, timing } = this.#context
    const voter = view.members.find(({ name }) => name === voters[0]?.name)
    const heardMs = voter && this.#heardFrom.get(voter.name)
    if (!voter || heardMs === undefined || this.#links.get(voter.name) !== voter.incarnation) return false
    return nowMs - heardMs <= 3 * timing.followIntervalMs
  }

  #install(record: GroupRecord): void {
    const change = changeBetween(this.#context.record?.view, record.view)
    this.#context.record = record
    for (const name of this.#heardFrom.keys()) if (!memberNamed(this.#context, name)) this.#heardFrom.delete(name)
    this.#heardMs = this.#context.nowMs
    for (const { name, address } of record.view.members) this.#context.emit({ type: 'learn-address', name, address })
    for (const { member } of change.left) {
      if (this.#links.get(member.name) === member.incarnation)
        this.#context.emit({ type: 'disconnect', name: member.name })
    }
    this.#context.emit({ type: 'view', record, change })
    this.#context.emit({ type: 'status', status: { phase: 'member', primary: false, nonPrimary: false, missing: [] } })
    this.#proposals.deciderChanged()
    this.#followAll()
  }

  /** The fast path as seen from a slave: a refused server is reported to the others, who confirm it (rule M2). */
  #linkDown(peer: Peer, end: LinkEnd): void {
    if (this.#links.get(peer.name) === peer.incarnation) this.#links.delete(peer.name)
    this.#proposals.deciderChanged()
    const member = memberNamed(this.#context, peer.name)
    if (member?.incarnation !== peer.incarnation || end === 'goodbye') return
    this.#dials.set(dial(this.#context, member.address), member)
  }

  #dialled(token: number, outcome: DialOutcome): void {
    const member = this.#dials.get(token)
    this.#dials.delete(token)
    const current = member && memberNamed(this.#context, member.name)
    if (!member || current?.incarnation !== member.incarnation || outcome.kind !== 'refused') return
    const { name, incarnation } = member
    for (const other of this.#context.record?.view.members ?? []) {
      if (other.name !== name) send(this.#context, other.name, { type: 'gms.refused-report', name, incarnation })
    }
  }
}
