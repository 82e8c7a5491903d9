import type { DialOutcome, Incarnation, NodeName } from '@ring/platform'
import { dial, type GmsContext, isLarge, lifeNamed, memberNamed, send } from '../context.ts'
import type { GmsMessage } from '../messages.ts'
import type { Bar } from '../record/bar.ts'
import type { PartStep } from '../record/state-part.ts'
import {
  type Applicant,
  type GroupRecord,
  hasLife,
  type LeaveReason,
  type Member,
  type MergedSides,
  membersMax,
} from '../record/view.ts'
import { memberOperation, membersPart } from './member-operations.ts'
import type { OperationRequest, OperationResult } from './operation.ts'
import { firstOf, type Operated, OperationDesk, type WaitingOperations } from './operation-desk.ts'
import { proposedRecord } from './proposed-record.ts'
import { WaitingChanges } from './waiting-changes.ts'

/** How a change is decided: by the register's quorum, or by the coordinator alone. */
export interface Agreement {
  /** Whether this node may ask for a decision now; when not, it starts what is needed to become able to. */
  ready(): boolean
  propose(next: GroupRecord): void
}

export interface CoordinatorHost {
  actingCoordinator(): NodeName | undefined
  isDoubted(name: NodeName): boolean
  onAlive(member: Member): void
  onVerifiedFailed(member: Member): void
  /** Joins and suspicions wait while groups are being merged. */
  isHeld(): boolean
  /** Brings the end of an operation to whoever asked for it. */
  answer(to: NodeName, id: string, result: OperationResult): void
  /** The voters that are out of reach. */
  missing(): readonly NodeName[]
}

/** In a large group changes are gathered for so long; every one of them is news for all. */
const paceMs = 1000
const gatherMs = 10

/**
 * The work of the acting coordinator: joins, leaves and removals that wait share one change, one change is in flight, and
 * newcomers and leavers are answered when it is settled (rule R6).
 */
export class Coordinator {
  readonly #context: GmsContext
  readonly #host: CoordinatorHost
  readonly #agreement: Agreement
  readonly #desk: OperationDesk
  readonly #waiting = new WaitingChanges()
  readonly #verifying = new Map<number, Member>()
  readonly #expected = new Set<NodeName>()
  /** The change that was proposed or committed and is not settled yet. */
  #flight: { readonly version: number; readonly taken: WaitingChanges } | undefined
  #lastChangeMs = Number.NEGATIVE_INFINITY

  constructor(context: GmsContext, host: CoordinatorHost, agreement: Agreement) {
    this.#context = context
    this.#host = host
    this.#agreement = agreement
    this.#desk = new OperationDesk(context, (to, id, result) => host.answer(to, id, result))
  }

  reset(): void {
    this.#waiting.clear()
    this.#verifying.clear()
    this.#expected.clear()
    this.#flight = undefined
    this.#context.alarms.clear('propose again')
    this.#context.alarms.clear('parole')
    this.#context.alarms.clear('gather')
  }

  /** A newcomer that may come in ({@link Admission}). */
  letIn(applicant: Applicant): void {
    this.#waiting.joins.set(applicant.name, applicant)
    this.pump()
  }

  /**
   * A newcomer is being dialled. Its earlier life goes in the change that lets it in: by itself, that end would wait for
   * the leases of that life (rule L1), and the newcomer with it.
   */
  expect(name: NodeName): void {
    this.#expected.add(name)
  }

  /** The newcomer was dialled, whatever came out. */
  expected(name: NodeName): void {
    if (this.#expected.delete(name)) this.pump()
  }

  get isFull(): boolean {
    const members = this.#context.record?.view.members.length ?? 0
    return members + this.#waiting.joins.size >= membersMax
  }

  /** Whether nothing is being decided, and could be. */
  get isSettled(): boolean {
    return !this.#flight && this.#agreement.ready()
  }

  /** LEAVE_REQ of a member, or our own leaving. */
  onLeave(member: Member): void {
    this.remove(member, 'left')
  }

  remove(member: Member, why: LeaveReason): void {
    const known = this.#waiting.removals.get(member.name)
    // Proof is better than silence.
    const isKnown = known?.member.incarnation === member.incarnation && why === 'failed'
    if (!isKnown) this.#waiting.removals.set(member.name, { member, why })
    if (why !== 'gone') return this.pump()
    // Processes that die together, with their machine or by one hand, go in one view.
    const { alarms, nowMs } = this.#context
    if (!alarms.isSet('gather')) alarms.set('gather', nowMs + gatherMs, () => this.pump())
  }

  /** Why a member is about to be taken out. */
  reasonFor({ name }: Member): LeaveReason {
    return this.#waiting.removals.get(name)?.why ?? 'failed'
  }

  /** What a member says of itself; takes effect if it is this very life. */
  describe(applicant: Applicant): void {
    if (!lifeNamed(this.#context, applicant)) return
    this.#waiting.descriptions.set(applicant.name, applicant)
    this.pump()
  }

  /** Takes a life out, and with a bar keeps its name out (rule M8). */
  expel(name: NodeName, incarnation: Incarnation, bar: Bar | undefined): void {
    const member = lifeNamed(this.#context, { name, incarnation })
    const barred = (this.#context.record?.view.barred.length ?? 0) + this.#waiting.bars.size
    if (bar && barred < membersMax) {
      const untilWallMs = bar.kind === 'for' ? this.#context.wallMs + bar.ms : undefined
      this.#waiting.bars.set(name, { kind: 'bar', untilWallMs })
      this.#waiting.joins.delete(name)
    }
    if (member) this.#waiting.removals.set(name, { member, why: 'expelled' })
    this.pump()
  }

  admit(name: NodeName): void {
    if (this.#waitToAdmit(name)) this.pump()
  }

  /** What somebody wants of a part of the record, or of the view itself. */
  operate(asker: NodeName, request: OperationRequest): void {
    const inFlight: WaitingOperations[] = this.#flight ? [this.#flight.taken.operations] : []
    const operation = this.#desk.take(asker, request, [this.#waiting.operations, ...inFlight])
    if (!operation) return
    this.#waiting.operations.set(operation.id, operation)
    const wish = operation.part === membersPart ? memberOperation(operation.body) : undefined
    if (wish?.do === 'admit') this.#waitToAdmit(wish.name)
    if (wish?.do !== 'expel') return this.pump()
    const life = wish.incarnation ?? memberNamed(this.#context, wish.name)?.incarnation
    this.expel(wish.name, life ?? (0 as Incarnation), wish.bar)
  }

  /** A suspicion was not contradicted in time: one last look of our own, by a dial, before it is expelled. */
  verify(member: Member): void {
    for (const other of this.#verifying.values()) if (other.name === member.name) return
    this.#verifying.set(dial(this.#context, member.address), member)
  }

  onDialled(token: number, outcome: DialOutcome): boolean {
    const member = this.#verifying.get(token)
    if (!member) return false
    this.#verifying.delete(token)
    if (memberNamed(this.#context, member.name)?.incarnation !== member.incarnation) return true
    const alive = outcome.kind === 'connected' && outcome.peer.incarnation === member.incarnation
    if (alive) this.#host.onAlive(member)
    else if (this.#host.isDoubted(member.name)) this.#host.onVerifiedFailed(member)
    return true
  }

  /** Lives that come in with one change: all after a restart of the whole group (rule R10), or another group's (M6). */
  takeIn(applicants: readonly Applicant[], sides?: MergedSides): boolean {
    if (this.#flight) return false
    for (const applicant of applicants) {
      this.#context.emit({ type: 'learn-address', name: applicant.name, address: applicant.address })
      this.#waiting.joins.set(applicant.name, applicant)
    }
    this.#propose(sides)
    return true
  }

  /** Proposes what waits, if it is our turn and nothing is in flight. */
  pump(): void {
    const { record, self } = this.#context
    if (!record || this.#flight || this.#waiting.isEmpty) return
    if (this.#host.actingCoordinator() !== self.name && !this.#removesSelf()) return
    if (this.#host.isHeld() || this.#isTooSoon()) return
    for (const name of this.#waiting.removals.keys()) if (this.#expected.has(name)) return
    if (this.#agreement.ready()) this.#propose()
  }

  /** A version was committed, ours or somebody else's. */
  onCommitted(record: GroupRecord): void {
    this.#lastChangeMs = this.#context.nowMs
    if (this.#flight && record.version > this.#flight.version) {
      this.#waiting.putBack(this.#flight.taken)
      this.#flight = undefined
    }
    this.#seen(record)
    this.#watchParoles(record)
  }

  #seen(record: GroupRecord): void {
    this.#waiting.seen(record)
    this.#desk.seen(record, this.#waiting.operations)
  }

  /** A quorum of the new voters holds it: now others may rely on it (rule R6). */
  onSettled(version: number): void {
    const flight = this.#flight
    const { record } = this.#context
    if (flight?.version !== version || !record) return
    this.#flight = undefined
    const { joins, removals } = flight.taken
    const welcome: GmsMessage = { type: 'gms.join-rsp', record }
    for (const [name, { incarnation }] of joins) {
      if (!hasLife(record.view, name, incarnation)) continue
      joins.delete(name)
      if (name !== this.#context.self.name) send(this.#context, name, welcome)
    }
    for (const [name, { member, why }] of removals) {
      if (hasLife(record.view, name, member.incarnation)) continue
      removals.delete(name)
      if (why === 'left' && name !== this.#context.self.name) send(this.#context, name, { type: 'gms.leave-rsp' })
    }
    this.#waiting.putBack(flight.taken)
    this.#seen(record)
    this.pump()
  }

  /** Not decided: what was in it waits again, unless a later record has it; what made it too large does not. */
  onProposalFailed(why: 'lost' | 'no-quorum' | 'too-large'): void {
    const flight = this.#flight
    if (!flight) return
    this.#flight = undefined
    const { joins, descriptions, operations } = flight.taken
    if (why === 'too-large') {
      joins.clear()
      descriptions.clear()
      for (const operation of operations.values()) this.#desk.refuse(operation, 'record-full')
    }
    if (why === 'no-quorum')
      for (const operation of operations.values()) this.#desk.undecided(operation, this.#host.missing())
    if (why !== 'lost') operations.clear()
    this.#waiting.putBack(flight.taken)
    const { alarms, nowMs, timing } = this.#context
    alarms.set('propose again', nowMs + timing.ackTimeoutMs, () => this.pump())
  }

  #waitToAdmit(name: NodeName): boolean {
    const isKeptOut = this.#context.record?.view.barred.includes(name) === true
    // A bar that is being decided is one, too.
    if (!isKeptOut && !this.#waiting.bars.has(name) && this.#flight?.taken.bars.has(name) !== true) return false
    this.#waiting.bars.set(name, { kind: 'admit' })
    return true
  }

  #removesSelf(): boolean {
    return this.#waiting.removals.has(this.#context.self.name)
  }

  /** The change waits a moment for others to come along; ours has waited long enough when the pace allows the next. */
  #isTooSoon(): boolean {
    const { alarms, nowMs, rules } = this.#context
    if (!rules.largeGroupsArePaced || !isLarge(this.#context) || this.#removesSelf()) return false
    const nextMs = this.#lastChangeMs + paceMs
    if (nowMs >= nextMs) return false
    alarms.set('propose again', nextMs, () => this.pump())
    return true
  }

  /** Who is barred until a set time is let in then. */
  #watchParoles({ view }: GroupRecord): void {
    const { alarms, nowMs, wallMs } = this.#context
    const paroles = view.paroles ?? []
    if (paroles.length === 0) return alarms.clear('parole')
    const nextWallMs = Math.min(...paroles.map((parole) => parole.wallMs))
    alarms.set('parole', nowMs + Math.max(0, nextWallMs - wallMs), () => {
      for (const { name, wallMs: due } of paroles) if (due <= this.#context.wallMs) this.admit(name)
      const { record } = this.#context
      if (record) alarms.set('parole', this.#context.nowMs + paceMs, () => this.#watchParoles(record))
    })
  }

  #propose(merged?: MergedSides): void {
    const { record } = this.#context
    if (!record) return
    const taken = this.#take()
    const change = taken.changeOf(record, this.#context.rules)
    const { barred, paroles } = taken.barsAfter(record.view)
    const extras = { barred, paroles, ...(merged && { merged }) }
    const operate = (state: unknown, step: PartStep) => this.#operated(record, state, taken.operations, step)
    const next = proposedRecord(this.#context, record, change, { ...extras, operate })
    const changes = change.joined.length + change.left.length + change.updated.length + taken.bars.size
    if (changes + taken.operations.size === 0) return
    this.#flight = { version: next.version, taken }
    this.#agreement.propose(next)
  }

  /** All that waits, and of the operations as many as go into one version. */
  #take(): WaitingChanges {
    const { record, rules } = this.#context
    this.#desk.dropLate(this.#waiting.operations)
    // Right before they take effect: a proposal that seemed lost may have been decided (rule S2).
    if (record && rules.outcomesAreRemembered) this.#desk.seen(record, this.#waiting.operations)
    const operations = firstOf(this.#waiting.operations)
    const later = [...this.#waiting.operations]
    const taken = this.#waiting.take()
    taken.operations.clear()
    for (const [id, operation] of operations) taken.operations.set(id, operation)
    for (const [id, operation] of later) this.#waiting.operations.set(id, operation)
    return taken
  }

  /** What certainly changes nothing is answered at once, and does not wait for the others of its version. */
  #operated(record: GroupRecord, state: unknown, operations: WaitingOperations, step: PartStep): Operated {
    const operated = this.#desk.apply(record, state, operations.values(), step)
    for (const { operation, why, cause } of operated.refused) {
      if (why === 'part-failed') this.#context.emit({ type: 'part-failed', part: operation.part, cause })
      operations.delete(operation.id)
      this.#desk.refuse(operation, why)
    }
    return operated
  }
}
