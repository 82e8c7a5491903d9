import type { Peer } from '@ring/platform'
import type { Liveness } from '../alive/liveness.ts'
import { type GmsContext, send } from '../context.ts'
import type { BranchOpener } from '../deciding/branch.ts'
import type { Coordinator } from '../deciding/coordinator.ts'
import type { LeaseGrants } from '../deciding/lease-grants.ts'
import type { Proposals } from '../deciding/proposals.ts'
import type { QuorumLease } from '../deciding/quorum-lease.ts'
import type { SoleVoter } from '../deciding/sole-voter.ts'
import type { Followers } from '../following/followers.ts'
import { News } from '../following/news.ts'
import type { Spreader } from '../following/spreader.ts'
import type { MergeSeat } from '../meeting/merge-seat.ts'
import { applyDelta, type ViewDelta } from '../record/delta.ts'
import { findMember, type GroupRecord, hasLife, isParty } from '../record/view.ts'
import type { Joiner } from './joiner.ts'
import type { Lifecycle } from './lifecycle.ts'

/** Who hears of a new view, in this order of importance. */
export interface InstallerParts {
  readonly liveness: Liveness
  readonly branch: BranchOpener
  readonly coordinator: Coordinator
  readonly proposals: Proposals
  readonly joiner: Joiner
  readonly followers: Followers
  readonly soleVoter: SoleVoter
  readonly lifecycle: Lifecycle
  readonly merge: MergeSeat
  readonly lease: QuorumLease
  readonly grants: LeaseGrants
  readonly spreader: Spreader
  /** The record may have been made from an answer that said less of this node than there is to say. */
  describeSelf(): void
  tellStatus(): void
}

/** Takes committed records in, whoever brings them: the one place where a view becomes visible. */
export class Installer {
  readonly #context: GmsContext
  readonly #parts: InstallerParts

  constructor(context: GmsContext, parts: InstallerParts) {
    this.#context = context
    this.#parts = parts
  }

  /** JOIN_RSP: the record with this life in it; or, after a merge, with the life that this node had promised to take. */
  joined(from: Peer, record: GroupRecord): void {
    const { self, phase, quorum } = this.#context
    if (phase === 'discovering' && hasLife(record.view, self.name, self.incarnation)) {
      if (quorum === 'majority') this.#context.emit({ type: 'learn-record', from, record })
      else this.install(record)
    } else if (phase === 'member' && quorum === 'none') this.#mergedInto(from, record)
  }

  onView(from: Peer, record: GroupRecord): void {
    const { self, record: mine, quorum, phase } = this.#context
    if (phase === 'discovering') {
      if (quorum === 'majority') this.joined(from, record)
      return
    }
    if (!mine) return
    if (record.lineage === mine.lineage) {
      if (record.version > mine.version && isParty(from, mine.view, record.view)) this.#take(from, record)
      return
    }
    if (quorum === 'majority') {
      // A recovery, perhaps: the register knows (rule R8).
      this.#context.emit({ type: 'learn-record', from, record })
      return
    }
    if (record.parent?.lineage !== mine.lineage) return
    const { branch, liveness, lifecycle } = this.#parts
    if (branch.isPromised(record) || !this.#context.rules.branchWasPromised) this.#installFrom(from, record)
    else if (!liveness.confirmation.isConfirmed && !hasLife(record.view, self.name, self.incarnation))
      lifecycle.rejoin()
  }

  onDelta(from: Peer, delta: ViewDelta): void {
    const { record, phase } = this.#context
    if (!record || (phase !== 'member' && phase !== 'leaving')) return
    if (delta.base.lineage === record.lineage && delta.base.version < record.version) return
    const next = applyDelta(record, delta, this.#context)
    if (!isParty(from, record.view, (next ?? record).view)) return
    if (next) this.#take(from, next)
    else if (delta.base.lineage === record.lineage) send(this.#context, from.name, { type: 'gms.view-req' })
  }

  install(record: GroupRecord, source?: Peer): void {
    const { self, record: before, phase } = this.#context
    if (before?.lineage === record.lineage && before.version >= record.version && phase !== 'discovering') return
    const inView = hasLife(record.view, self.name, self.incarnation)
    this.#context.record = record
    this.#parts.grants.onInstalled(before, record)
    if (!inView && phase === 'member') return this.#expelled(before, record)
    if (!inView && phase === 'discovering') return this.#parts.joiner.recordArrived()
    if (phase === 'discovering') this.#becomeMember()
    this.#announce(phase === 'discovering' ? undefined : before, record, inView, source)
  }

  /** Who decided on its own end brings it to the others before it goes: nobody else has it (`QUORUM = none`). */
  #expelled(before: GroupRecord | undefined, record: GroupRecord): void {
    const { self, quorum } = this.#context
    const { lifecycle, spreader } = this.#parts
    const isOurs = record.origin.name === self.name && record.origin.incarnation === self.incarnation
    if (quorum === 'majority' || !isOurs) return lifecycle.rejoin()
    lifecycle.stepAside()
    spreader.installed(new News(before, record, this.#context), undefined)
  }

  #take(from: Peer, record: GroupRecord): void {
    if (this.#context.quorum === 'majority') this.#context.emit({ type: 'learn-record', from, record })
    else this.#installFrom(from, record)
  }

  #installFrom(from: Peer, record: GroupRecord): void {
    this.install(record, from)
    this.#parts.soleVoter.acknowledge(record)
  }

  #announce(before: GroupRecord | undefined, record: GroupRecord, inView: boolean, source: Peer | undefined): void {
    const { liveness, branch, coordinator, followers, merge, spreader } = this.#parts
    const news = new News(before, record, this.#context)
    const { change } = news
    for (const { name, address } of record.view.members) this.#context.emit({ type: 'learn-address', name, address })
    // What was agreed on a branch was agreed about the record before.
    branch.reset()
    liveness.viewChanged()
    if (record.view.merged) this.#context.emit({ type: 'merged', record, sides: record.view.merged })
    this.#context.emit({ type: 'view', record, change })
    for (const { member } of change.left) liveness.disconnect(member)
    coordinator.onCommitted(record)
    followers.onInstalled(news)
    spreader.installed(news, source?.name)
    merge.onView(record, change)
    if (inView) liveness.confirmation.onView()
    this.#parts.describeSelf()
    this.#parts.tellStatus()
    coordinator.pump()
    this.#parts.proposals.deciderChanged()
  }

  #becomeMember(): void {
    this.#context.phase = 'member'
    this.#parts.joiner.stop()
    this.#parts.liveness.start()
    this.#parts.lease.start()
    this.#parts.merge.start()
  }

  /** The other group has taken this node in; if it cannot come any more it says so, or it would be waited for. */
  #mergedInto(from: Peer, record: GroupRecord): void {
    const { self } = this.#context
    const known = findMember(record.view, self.name)
    if (!known || known.incarnation <= self.incarnation || record.lineage === this.#context.record?.lineage) return
    const mates = this.#context.record?.view.members ?? []
    if (this.#parts.merge.promised !== known.incarnation) {
      send(this.#context, from.name, { type: 'gms.decline', incarnation: known.incarnation })
      return
    }
    const wasCoordinator = mates[0]?.name === self.name
    // Who cannot be reached by the other group hears it from its own coordinator.
    if (wasCoordinator)
      for (const { name } of mates) if (name !== self.name) send(this.#context, name, { type: 'gms.join-rsp', record })
    this.#parts.lifecycle.takeLife(known.incarnation)
    this.#context.phase = 'discovering'
    this.install(record)
  }
}
