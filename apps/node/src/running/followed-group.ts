import {
  type GroupRecord,
  type GroupStatus,
  holdsLeases,
  type MembershipDriver,
  type MembershipListener,
  saveLife,
  type ViewChange,
} from '@ring/gms'
import { routingOf, untoldOf } from '@ring/merge'
import type { DataPlane } from '@ring/messaging'
import type { ClosingPartitions, Routing } from '@ring/placement'
import type { DeliveryGate, Disk, Incarnation, Logger, NodeName } from '@ring/platform'
import { MembershipCounts } from './membership-counts.ts'

/** What a followed group needs of its node. */
export interface FollowedGroupHost {
  readonly name: NodeName
  readonly logger: Logger
  /** Where lives are remembered. */
  readonly disk: Disk | undefined
  readonly gate: DeliveryGate
  /** Programs hold data: what a merge brings is theirs once they have been told so. */
  readonly movesData: boolean
  membership(): Pick<MembershipDriver, 'record' | 'incarnation'>
  messaging(): Pick<DataPlane, 'setRouting' | 'beginLife'>
  /** Messages go by this record from here on. */
  followed(record: GroupRecord, change: ViewChange): void
  /** Something of it changed that people may want to know. */
  changed(): void
}

/** What membership tells a node, and what follows from it for the data plane: routing, and the delivery gate. */
export class FollowedGroup implements MembershipListener {
  readonly counts = new MembershipCounts()
  readonly #host: FollowedGroupHost
  /** Lives that are gone although the view still has them (rule D1). */
  readonly #gone = new Set<string>()
  #routing: Routing | undefined
  #lineage: string | undefined
  #followed: GroupRecord | undefined
  /** Partitions of which nothing is handed to programs before these know how a merge went on. */
  #untold: ClosingPartitions | undefined

  constructor(host: FollowedGroupHost) {
    this.#host = host
  }

  /** Whether somebody is up to be asked. */
  get hasServers(): boolean {
    return this.#routing?.servers.some(({ up }) => up) ?? false
  }

  onView(record: GroupRecord, change: ViewChange): void {
    const { gate, name } = this.#host
    const { incarnation } = this.#host.membership()
    this.counts.viewed(change)
    this.#forgetGone(record, change)
    this.#noteLineage(record)
    this.#noteUntold(record)
    this.#route(record)
    const isIn = record.view.members.some((member) => member.name === name && member.incarnation === incarnation)
    if (gate.ofAccepted === 'expelled' && isIn) {
      this.#host.messaging().beginLife(incarnation)
      gate.beginLife(incarnation)
      this.#host.changed()
    }
    this.#host.followed(record, change)
  }

  onDown(name: NodeName, incarnation: Incarnation): void {
    this.#gone.add(lifeOf({ name, incarnation }))
    const { record } = this.#host.membership()
    if (record) this.#route(record)
  }

  onSuspect(_name: NodeName, _incarnation: Incarnation, suspected: boolean): void {
    this.counts.suspected(suspected)
  }

  onMerged(): void {
    this.counts.merged()
  }

  onUnconfirmed(doubt: number): void {
    this.#host.gate.doubted(doubt)
    this.#host.changed()
  }

  onConfirmed(incarnation: Incarnation, doubt: number): void {
    this.#host.gate.confirmed(incarnation, doubt)
    this.#host.changed()
  }

  onExpelled(): void {
    this.#host.gate.expelled(this.#host.membership().incarnation)
    this.#host.changed()
  }

  /** Whichever life it was before, it is over. */
  onRejoin(incarnation: Incarnation): void {
    const { gate, disk, logger } = this.#host
    if (disk) saveLife(disk, incarnation, logger)
    gate.expelled(lastBefore(incarnation))
    if (this.#routing)
      this.#setRouting({ ...this.#routing, servers: [], owners: this.#routing.owners.slice().fill(0xffff) })
    this.#host.changed()
  }

  /** A side without a quorum must not serve what another side may be serving by now (rule K4). */
  onStatus(status: GroupStatus): void {
    const { gate } = this.#host
    if (status.phase === 'member') {
      if (status.nonPrimary) gate.quorumLost()
      else if (this.#isSureOfQuorum(status)) gate.quorumRegained()
    }
    this.#host.changed()
  }

  /**
   * That a life is gone was said of it in one lineage; a member that went on in a branch is gone for those whom it left. Where
   * both are in one view again, it is not: who passed it by for ever would serve its keys beside it.
   */
  #forgetGone({ lineage, view }: GroupRecord, { joined }: ViewChange): void {
    if (lineage !== this.#lineage) this.#gone.clear()
    for (const member of joined) this.#gone.delete(lifeOf(member))
    for (const life of this.#gone) if (!view.members.some((member) => lifeOf(member) === life)) this.#gone.delete(life)
  }

  /** Who hears a quorum may not be heard by it: only what it grants tells (rule L1), where this node asks for that. */
  #isSureOfQuorum({ primary }: { readonly primary: boolean }): boolean {
    const { record } = this.#host.membership()
    return primary || (record !== undefined && !holdsLeases(record, this.#host.name))
  }

  /** A recovery is to be found in the log of whoever comes to belong to it, with what it replaced (rule R8). */
  #noteLineage({ lineage, parent }: GroupRecord): void {
    if (lineage === this.#lineage) return
    this.#lineage = lineage
    if (parent?.reason !== 'recovered') return
    const { givenUp, ...from } = parent
    this.#host.logger.warn(
      { event: 'group.recovered', lineage, parent: from, givenUp },
      'this lineage was recovered by force',
    )
  }

  /** Programs have been told how merges went on. */
  release(): void {
    if (!this.#untold) return
    this.#untold = undefined
    const { record } = this.#host.membership()
    if (record) this.#route(record)
  }

  #noteUntold(record: GroupRecord): void {
    const before = this.#followed
    this.#followed = record
    const untold = this.#host.movesData && before && untoldOf(before, record, this.#host.name)
    if (untold) this.#untold = { version: record.version, partitions: together(untold, this.#untold?.partitions) }
  }

  #route(record: GroupRecord): void {
    const routing = routingOf(record, (server) => this.#gone.has(lifeOf(server)))
    const untold = this.#untold
    if (untold?.partitions.length !== routing.partitions) return this.#setRouting(routing)
    const { version, partitions } = routing.closing ?? untold
    this.#setRouting({ ...routing, closing: { version, partitions: together(untold.partitions, partitions) } })
  }

  #setRouting(routing: Routing): void {
    this.#routing = routing
    this.#host.messaging().setRouting(routing)
    this.#host.changed()
  }
}

/** What is in either; of others than those there are now, nothing. */
function together(one: Uint8Array, other: Uint8Array | undefined): Uint8Array {
  return other?.length === one.length ? one.map((marked, at) => marked | other[at]!) : one
}

/** No life of this node lies between this one and the one before it. */
function lastBefore(incarnation: Incarnation): Incarnation {
  return (incarnation - 1) as Incarnation
}

function lifeOf({ name, incarnation }: { readonly name: string; readonly incarnation: number }): string {
  return `${incarnation} ${name}`
}
