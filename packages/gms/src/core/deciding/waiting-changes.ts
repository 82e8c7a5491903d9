import type { NodeName } from '@ring/platform'
import {
  type Applicant,
  findMember,
  type GroupRecord,
  hasLife,
  type LeaveReason,
  type Member,
  type Parole,
  sameDetails,
  type ViewChange,
} from '../record/view.ts'
import { soundRules } from '../rules.ts'
import type { WaitingOperations } from './operation-desk.ts'

export interface Removal {
  readonly member: Member
  readonly why: LeaveReason
}

/** What is to happen to who may come in: kept out until a time, or until admitted, or let in. */
export type BarChange = { readonly kind: 'bar'; readonly untilWallMs: number | undefined } | { readonly kind: 'admit' }

/** Everything that was asked of the coordinator and is not in a record yet; all of it goes into one change. */
export class WaitingChanges {
  readonly joins = new Map<NodeName, Applicant>()
  readonly removals = new Map<NodeName, Removal>()
  readonly descriptions = new Map<NodeName, Applicant>()
  readonly bars = new Map<NodeName, BarChange>()
  readonly operations: WaitingOperations = new Map()

  get isEmpty(): boolean {
    const { joins, removals, descriptions, bars, operations } = this
    return joins.size + removals.size + descriptions.size + bars.size + operations.size === 0
  }

  clear(): void {
    this.joins.clear()
    this.removals.clear()
    this.descriptions.clear()
    this.bars.clear()
    this.operations.clear()
  }

  /** Drops what a record has already. */
  seen(record: GroupRecord): void {
    for (const [name, { member }] of this.removals) {
      if (!hasLife(record.view, name, member.incarnation)) this.removals.delete(name)
    }
    for (const [name, { incarnation }] of this.joins) {
      if (hasLife(record.view, name, incarnation)) this.joins.delete(name)
    }
    for (const [name, applicant] of this.descriptions) {
      const member = findMember(record.view, name)
      if (member?.incarnation !== applicant.incarnation || sameDetails(member, applicant))
        this.descriptions.delete(name)
    }
    this.#seenBars(record.view)
  }

  /** Puts back what was taken and not decided, unless something newer waits. */
  putBack(taken: WaitingChanges): void {
    for (const [name, applicant] of taken.joins) if (!this.joins.has(name)) this.joins.set(name, applicant)
    for (const [name, removal] of taken.removals) if (!this.#knowsBetter(removal)) this.removals.set(name, removal)
    for (const [name, one] of taken.descriptions) if (!this.descriptions.has(name)) this.descriptions.set(name, one)
    for (const [name, bar] of taken.bars) if (!this.bars.has(name)) this.bars.set(name, bar)
    this.#putBackOperations(taken.operations)
  }

  /** Empties itself into another. */
  take(): WaitingChanges {
    const taken = new WaitingChanges()
    taken.putBack(this)
    this.clear()
    return taken
  }

  /** What all of it does to a view: who is barred goes out, and does not come in. */
  changeOf({ view }: GroupRecord, { barredStayOut } = soundRules): ViewChange {
    const left = this.#leaving(view)
    const joined: Member[] = []
    for (const applicant of this.joins.values()) {
      const known = findMember(view, applicant.name)
      if (known && known.incarnation >= applicant.incarnation) continue
      if (barredStayOut && this.#staysOut(applicant.name, view.barred)) continue
      if (known) left.set(known.name, { member: known, why: 'replaced' })
      joined.push({ ...applicant, why: known ? 'rejoined' : 'joined' })
    }
    const updated = [...this.descriptions.values()].flatMap((applicant) => {
      const member = findMember(view, applicant.name)
      const stays = member?.incarnation === applicant.incarnation && !left.has(member.name)
      return stays && !sameDetails(member, applicant) ? [{ ...applicant, why: member.why }] : []
    })
    return { joined, left: [...left.values()], updated }
  }

  barsAfter({ barred, paroles = [] }: GroupRecord['view']): {
    readonly barred: readonly NodeName[]
    readonly paroles: readonly Parole[]
  } {
    const others = (name: NodeName) => !this.bars.has(name)
    const added = [...this.bars].flatMap(([name, change]) =>
      change.kind === 'bar' ? [{ name, wallMs: change.untilWallMs }] : [],
    )
    return {
      barred: [...barred.filter(others), ...added.map(({ name }) => name)],
      paroles: [
        ...paroles.filter(({ name }) => others(name)),
        ...added.flatMap(({ name, wallMs }) => (wallMs === undefined ? [] : [{ name, wallMs }])),
      ],
    }
  }

  /** They come before those that came later: what one caller asked for one after the other happens so. */
  #putBackOperations(earlier: WaitingOperations): void {
    const later = [...this.operations].filter(([id]) => !earlier.has(id))
    this.operations.clear()
    for (const [id, operation] of [...earlier, ...later]) this.operations.set(id, operation)
  }

  /** Of a later life, or of this one by more than its silence. */
  #knowsBetter({ member: { name, incarnation } }: Removal): boolean {
    const waiting = this.removals.get(name)
    if (!waiting || waiting.member.incarnation < incarnation) return false
    return waiting.member.incarnation > incarnation || waiting.why !== 'failed'
  }

  #seenBars({ barred }: GroupRecord['view']): void {
    for (const [name, { kind }] of this.bars) if (barred.includes(name) === (kind === 'bar')) this.bars.delete(name)
  }

  #leaving(view: GroupRecord['view']): Map<NodeName, Removal> {
    const present = [...this.removals.values()].filter(({ member }) => hasLife(view, member.name, member.incarnation))
    return new Map(present.map((removal) => [removal.member.name, removal]))
  }

  #staysOut(name: NodeName, barred: readonly NodeName[]): boolean {
    const change = this.bars.get(name)
    return change ? change.kind === 'bar' : barred.includes(name)
  }
}
