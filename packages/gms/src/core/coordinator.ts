import type { DialOutcome, NodeName, Peer } from '@ring/platform'
import { successor } from '@ring/register'
import { dial, type GmsContext, memberNamed, originOf, send, stateWith } from './context.ts'
import type { Applicant, JoinRefusal } from './messages.ts'
import {
  changedView,
  findMember,
  type GroupRecord,
  hasLife,
  type LeaveReason,
  type Member,
  type ViewChange,
  votersOf,
} from './view.ts'

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
  /** Old lives of a name are over as soon as a later one speaks (rule M4). */
  onLaterLife(member: Member): void
}

interface Removal {
  readonly member: Member
  readonly why: LeaveReason
}

/**
 * The work of the acting coordinator: joins, leaves and removals that wait share one change, one change is in flight, and
 * newcomers and leavers are answered when it is settled (rule R6).
 */
export class Coordinator {
  readonly #context: GmsContext
  readonly #host: CoordinatorHost
  readonly #agreement: Agreement
  readonly #joins = new Map<NodeName, Applicant>()
  readonly #removals = new Map<NodeName, Removal>()
  readonly #verifying = new Map<number, Member>()
  /** The change that was proposed or committed and is not settled yet. */
  #flight:
    | { readonly version: number; readonly joins: readonly Applicant[]; readonly removals: readonly Removal[] }
    | undefined

  constructor(context: GmsContext, host: CoordinatorHost, agreement: Agreement) {
    this.#context = context
    this.#host = host
    this.#agreement = agreement
  }

  reset(): void {
    this.#joins.clear()
    this.#removals.clear()
    this.#verifying.clear()
    this.#flight = undefined
    this.#context.alarms.clear('propose again')
  }

  /** JOIN_REQ; answered by JOIN_RSP once the change is settled, or refused at once. */
  onJoin(from: Peer, applicant: Applicant): void {
    const { record, self } = this.#context
    if (applicant.name !== from.name || applicant.incarnation !== from.incarnation) return
    const refuse = (reason: JoinRefusal) => send(this.#context, from.name, { type: 'gms.join-refused', reason })
    if (!record) return refuse({ kind: 'busy' })
    if (record.view.barred.includes(applicant.name)) return refuse({ kind: 'barred' })
    const known = findMember(record.view, applicant.name)
    if (known && known.incarnation > applicant.incarnation)
      return refuse(
        this.#context.rules.refusalNamesLife ? { kind: 'older-life', known: known.incarnation } : { kind: 'busy' },
      )
    if (known && known.incarnation < applicant.incarnation && this.#context.rules.laterLifeProvesGone)
      this.#host.onLaterLife(known)
    const acting = this.#host.actingCoordinator()
    if (acting !== self.name) {
      const coordinator = acting === undefined ? undefined : findMember(record.view, acting)
      return refuse(
        coordinator
          ? { kind: 'not-coordinator', coordinator: coordinator.name, address: coordinator.address }
          : { kind: 'busy' },
      )
    }
    if (known?.incarnation === applicant.incarnation) {
      // With the vote lost, the view that has it is about to give way to a branch.
      if (!this.#flight && this.#agreement.ready()) send(this.#context, from.name, { type: 'gms.join-rsp', record })
      return
    }
    this.#context.emit({ type: 'learn-address', name: applicant.name, address: applicant.address })
    this.#joins.set(applicant.name, applicant)
    this.pump()
  }

  /** LEAVE_REQ of a member, or our own leaving. */
  onLeave(member: Member): void {
    this.remove(member, 'left')
  }

  remove(member: Member, why: LeaveReason): void {
    this.#removals.set(member.name, { member, why })
    this.pump()
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

  /** All lives after a restart of the whole group: one change replaces the old by the new (rule R10). */
  restart(applicants: readonly Applicant[]): void {
    if (this.#flight) return
    for (const applicant of applicants) this.#joins.set(applicant.name, applicant)
    this.#propose()
  }

  /** Proposes what waits, if it is our turn and nothing is in flight. */
  pump(): void {
    const { record, self } = this.#context
    if (!record || this.#flight || (this.#joins.size === 0 && this.#removals.size === 0)) return
    if (this.#host.actingCoordinator() !== self.name && !this.#removesSelf()) return
    if (this.#agreement.ready()) this.#propose()
  }

  /** A version was committed, ours or somebody else's. */
  onCommitted(record: GroupRecord): void {
    for (const [name, { member }] of this.#removals) {
      if (!hasLife(record.view, name, member.incarnation)) this.#removals.delete(name)
    }
    for (const [name, { incarnation }] of this.#joins) {
      if (hasLife(record.view, name, incarnation)) this.#joins.delete(name)
    }
    if (this.#flight && record.version > this.#flight.version) this.#flight = undefined
  }

  /** A quorum of the new voters holds it: now others may rely on it (rule R6). */
  onSettled(version: number): void {
    const flight = this.#flight
    const { record } = this.#context
    if (flight?.version !== version || !record) return
    this.#flight = undefined
    for (const applicant of flight.joins) {
      if (hasLife(record.view, applicant.name, applicant.incarnation)) {
        send(this.#context, applicant.name, { type: 'gms.join-rsp', record })
      } else this.#joins.set(applicant.name, applicant)
    }
    for (const removal of flight.removals) {
      const { name, incarnation } = removal.member
      if (hasLife(record.view, name, incarnation)) this.#removals.set(name, removal)
      else if (removal.why === 'left' && name !== this.#context.self.name)
        send(this.#context, name, { type: 'gms.leave-rsp' })
    }
    this.pump()
  }

  /** Not decided: what was in it waits again, unless a later record has it. */
  onProposalFailed(): void {
    const flight = this.#flight
    if (!flight) return
    this.#flight = undefined
    for (const applicant of flight.joins)
      if (!this.#joins.has(applicant.name)) this.#joins.set(applicant.name, applicant)
    for (const removal of flight.removals) this.#removals.set(removal.member.name, removal)
    const { alarms, nowMs, timing } = this.#context
    alarms.set('propose again', nowMs + timing.ackTimeoutMs, () => this.pump())
  }

  #removesSelf(): boolean {
    return this.#removals.has(this.#context.self.name)
  }

  #propose(): void {
    const { record } = this.#context
    if (!record) return
    const change = this.#takeWaiting(record)
    if (change.joined.length === 0 && change.left.length === 0) return
    const next = nextRecord(this.#context, record, change)
    this.#flight = {
      version: next.version,
      joins: change.joined,
      removals: change.left.filter(({ why }) => why !== 'replaced'),
    }
    this.#agreement.propose(next)
  }

  /** Empties the waiting lists into one change. */
  #takeWaiting(record: GroupRecord): ViewChange {
    const joined: Member[] = []
    const left: Removal[] = []
    for (const { member, why } of this.#removals.values()) {
      if (hasLife(record.view, member.name, member.incarnation)) left.push({ member, why })
    }
    for (const applicant of this.#joins.values()) {
      const known = findMember(record.view, applicant.name)
      if (known && known.incarnation >= applicant.incarnation) continue
      if (known) {
        const place = left.findIndex(({ member }) => member.name === known.name)
        if (place >= 0) left.splice(place, 1)
        left.push({ member: known, why: 'replaced' })
      }
      joined.push({ ...applicant, why: known ? 'rejoined' : 'joined' })
    }
    this.#joins.clear()
    this.#removals.clear()
    return { joined, left }
  }
}

/** The successor of `record`: view, voters and state change together (rule M1). */
export function nextRecord(context: GmsContext, record: GroupRecord, change: ViewChange): GroupRecord {
  const view = changedView(record.view, change)
  const voters = votersOf(view, context.quorum)
  const content = {
    epoch: record.epoch + 1,
    // The last member takes nobody's vote away: it votes on its own end.
    voters: voters.length > 0 ? voters : record.voters,
    view,
    state: stateWith(context, record, change, view, record.version + 1),
    operations: record.operations,
  }
  return successor(record, content, originOf(context)) as GroupRecord
}
