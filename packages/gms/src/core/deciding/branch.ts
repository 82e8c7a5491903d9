import { type NodeName, type Peer, randomHex } from '@ring/platform'
import { founder } from '@ring/register'
import { firstVersion, type GmsContext, originOf, otherMembers, send, stateWith } from '../context.ts'
import type { Progress } from '../record/progress.ts'
import {
  changedView,
  type GroupRecord,
  type LeaveReason,
  type Member,
  type ViewChange,
  votersOf,
} from '../record/view.ts'
import { proposedRecord } from './proposed-record.ts'

/** The first time; twice as long each time after it. */
const askAgainMs = 20

export interface BranchHost {
  isDoubted(name: NodeName): boolean
  /** Whether this node, too, has no more word of the member than a refused dial, or none. */
  isLost(member: Member): boolean
  /** Dials it, so that the next question can be answered. */
  lookAfter(member: Member): void
  /** Why it is left out. */
  whyOf(member: Member): LeaveReason
  onBranch(record: GroupRecord): void
}

/**
 * Rule M5 (`QUORUM = none`): the coordinator, the only voter, is lost. The next member opens a branch with a lineage of
 * its own, and takes in only those who say that they lost the coordinator too.
 */
export class BranchOpener {
  readonly #context: GmsContext
  readonly #host: BranchHost
  readonly #agreed = new Set<NodeName>()
  #startedMs: number | undefined
  #againMs = askAgainMs
  /** Whose branch of our record we said we would follow. */
  #promised: { readonly opener: NodeName; readonly progress: Progress } | undefined

  constructor(context: GmsContext, host: BranchHost) {
    this.#context = context
    this.#host = host
  }

  reset(): void {
    this.#startedMs = undefined
    this.#agreed.clear()
    this.#promised = undefined
    this.#context.alarms.clear('branch')
  }

  /** Asks the members we count on, again and again for one suspicion time, then goes with those who agreed. */
  open(): void {
    if (this.#startedMs !== undefined) return
    this.#startedMs = this.#context.nowMs
    this.#againMs = askAgainMs
    this.#agreed.clear()
    this.#ask()
  }

  onRequest(from: Peer, progress: Progress, lost: readonly NodeName[]): void {
    const { record } = this.#context
    if (record?.lineage !== progress.lineage) return
    if (record.version !== progress.version) return this.#level(from, record, progress)
    const lostMembers = record.view.members.filter(({ name }) => lost.includes(name))
    const first = record.view.members.find(({ name }) => !lost.includes(name))
    for (const member of lostMembers) if (!this.#host.isLost(member)) this.#host.lookAfter(member)
    const lostToo = first?.name === from.name && lostMembers.every((member) => this.#host.isLost(member))
    if (lostToo) this.#promised = { opener: from.name, progress }
    send(this.#context, from.name, { type: 'gms.branch-rsp', progress, lostToo })
  }

  onResponse(from: Peer, progress: Progress, lostToo: boolean): void {
    const { record } = this.#context
    if (this.#startedMs === undefined || progress.version !== record?.version || !lostToo) return
    this.#agreed.add(from.name)
    if (this.#candidates().every((name) => this.#agreed.has(name))) this.#finish()
  }

  /** Whether a record of another lineage is the branch that we promised to follow. */
  isPromised(record: GroupRecord): boolean {
    const { self } = this.#context
    return (
      this.#promised?.opener === record.origin.name &&
      record.parent?.lineage === this.#promised.progress.lineage &&
      record.parent.version === this.#promised.progress.version &&
      record.view.members.some(({ name, incarnation }) => name === self.name && incarnation === self.incarnation)
    )
  }

  /** The lost coordinator's last view reached only some: all have to stand at the same one before they can agree. */
  #level(from: Peer, record: GroupRecord, progress: Progress): void {
    const isBehind = record.version < progress.version
    send(this.#context, from.name, isBehind ? { type: 'gms.view-req' } : { type: 'gms.view', record })
  }

  #firstCountedOn(): NodeName | undefined {
    return this.#context.record?.view.members.find(({ name }) => !this.#host.isDoubted(name))?.name
  }

  #candidates(): readonly NodeName[] {
    return otherMembers(this.#context)
      .map(({ name }) => name)
      .filter((name) => !this.#host.isDoubted(name))
  }

  #ask(): void {
    const { record, self, timing, nowMs, alarms } = this.#context
    if (!record || this.#startedMs === undefined) return
    if (this.#firstCountedOn() !== self.name) return this.reset()
    const candidates = this.#candidates()
    if (candidates.every((name) => this.#agreed.has(name)) || nowMs - this.#startedMs > timing.suspicionMs)
      return this.#finish()
    // Those before us, and nobody else: whether a plain member lives is no condition of the branch.
    const names = record.view.members.map(({ name }) => name)
    const lost = names.slice(0, names.indexOf(self.name))
    const progress = { lineage: record.lineage, version: record.version }
    for (const name of candidates) {
      if (!this.#agreed.has(name)) send(this.#context, name, { type: 'gms.branch-req', progress, lost })
    }
    // Who is still dialling says no; its next answer may be another one very soon.
    alarms.set('branch', nowMs + this.#againMs, () => this.#ask())
    this.#againMs = Math.min(2 * this.#againMs, timing.ackTimeoutMs)
  }

  #finish(): void {
    const { record, self } = this.#context
    const agreed = new Set(this.#context.rules.branchTakesWhoAgreed ? this.#agreed : this.#candidates())
    this.reset()
    if (!record) return
    const left = record.view.members
      .filter(({ name }) => name !== self.name && !agreed.has(name))
      .map((member) => ({ member, why: this.#host.whyOf(member) }))
    this.#host.onBranch(this.#branchOf(record, { joined: [], left, updated: [] }))
  }

  #branchOf(record: GroupRecord, change: ViewChange): GroupRecord {
    const { random, wallMs, quorum, rules } = this.#context
    if (!rules.branchHasLineage) return proposedRecord(this.#context, record, change)
    const view = changedView(record.view, change)
    const state = stateWith(this.#context, record, change, view, firstVersion(this.#context, record.version))
    const content = { voters: votersOf(view, quorum), view, state, operations: record.operations }
    const previous = { record, reason: 'branch' as const }
    return founder(randomHex(random), content, originOf(this.#context), wallMs, previous) as GroupRecord
  }
}
