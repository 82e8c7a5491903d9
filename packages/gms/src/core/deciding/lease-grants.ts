import type { Incarnation, NodeName, Peer } from '@ring/platform'
import { sameQuorums } from '@ring/register'
import { type GmsContext, lifeNamed } from '../context.ts'
import type { Progress } from '../record/progress.ts'
import { findMember, type GroupRecord, hasLife, type Member } from '../record/view.ts'

interface Grant {
  readonly incarnation: Incarnation
  readonly endsMs: number
}

/**
 * The leases that this voter has granted (rule L1): until one has ended it accepts no record that takes its holder's role
 * away. Who said goodbye, is proved gone or has a later life holds nothing any more.
 */
export class LeaseGrants {
  readonly #context: GmsContext
  readonly #pending: () => GroupRecord | undefined
  readonly #grants = new Map<NodeName, Grant>()
  /** Who is to lose its role, and gets no further term for a while: a change that waits for its lease must end. */
  readonly #wanted = new Map<NodeName, number>()
  /** Until then there may be leases that this node knows nothing of. */
  #unknownUntilMs: number | undefined

  /** @param pending what this voter has accepted and does not know to be decided */
  constructor(context: GmsContext, pending: () => GroupRecord | undefined) {
    this.#context = context
    this.#pending = pending
  }

  /** This process begins with a record from before: whatever it granted then, it has forgotten. */
  restarted(): void {
    if (this.#context.record) this.#beginUnknown(this.#context.record)
  }

  onInstalled(before: GroupRecord | undefined, record: GroupRecord): void {
    for (const [name, { incarnation, endsMs }] of this.#grants)
      if (endsMs <= this.#context.nowMs || !hasLife(record.view, name, incarnation)) this.#grants.delete(name)
    this.#wanted.clear()
    // Voters of a version in between, or before, may have granted what this one was never asked about.
    const isStep = before?.lineage === record.lineage && before.version + 1 === record.version
    const isFirst = record.view.members.length === 0
    if (!isFirst && !(isStep && sameQuorums(before.voters, record.voters))) this.#beginUnknown(record, before)
  }

  /** Grants a term to a life of the view, counted from now; not once a record is accepted that would end it. */
  grant(from: Peer, progress: Progress): boolean {
    const { record, self, nowMs, timing } = this.#context
    const member = lifeNamed(this.#context, from)
    const isVoter = record?.voters.some(({ name, voterId }) => name === self.name && voterId === self.voterId)
    if (!member || !isVoter || record?.lineage !== progress.lineage || record.version !== progress.version) return false
    if (nowMs < (this.#wanted.get(member.name) ?? 0)) return false
    const pending = this.#pending()
    if (
      pending &&
      !(sameQuorums(record.voters, pending.voters) && hasLife(pending.view, member.name, member.incarnation))
    )
      return false
    this.#grants.set(member.name, { incarnation: member.incarnation, endsMs: nowMs + timing.leaseMs })
    return true
  }

  /** Whether this voter may accept `next` now; who stands in the way gets no further term. */
  allows(next: GroupRecord, nowMs: number): boolean {
    const { record, rules, timing } = this.#context
    const taken = record?.view.members.filter((member) => this.#losesRole(member, next)) ?? []
    if (taken.length === 0) return true
    if (rules.unknownLeasesBind && this.#unknownUntilMs !== undefined && nowMs < this.#unknownUntilMs) return false
    const holders = rules.leasesBindVoters ? taken.filter((member) => this.#binds(member, nowMs)) : []
    for (const { name } of holders) this.#wanted.set(name, nowMs + 2 * timing.leaseMs)
    return holders.length === 0
  }

  #losesRole({ name, incarnation }: Member, { view }: GroupRecord): boolean {
    if (hasLife(view, name, incarnation)) return false
    const later = findMember(view, name)
    if (later && later.incarnation > incarnation) return false
    const why = view.departed?.find((one) => one.name === name && one.incarnation === incarnation)?.why
    return why !== 'left' && why !== 'gone' && why !== 'replaced'
  }

  #binds({ name, incarnation }: Member, nowMs: number): boolean {
    const grant = this.#grants.get(name)
    return grant?.incarnation === incarnation && nowMs < grant.endsMs
  }

  /** For the longest term that anybody may have granted by. */
  #beginUnknown(...records: readonly (GroupRecord | undefined)[]): void {
    const { nowMs, timing } = this.#context
    const terms = records.flatMap((record) => record?.view.members.map(({ leaseMs = 0 }) => leaseMs) ?? [])
    this.#unknownUntilMs = nowMs + Math.max(timing.leaseMs, ...terms)
  }
}
