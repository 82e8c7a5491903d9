import { addressedPartition, Flag, noPartition } from '../../frames/frame-header.ts'
import type { NotDeliveredReason } from '../../frames/status.ts'
import { type ProgramRouting, samePartitions } from '../program-routing.ts'
import type { PendingRequest } from './pending-request.ts'

/** Requests of one partition that wait until all that are out have been answered (rule D5). */
export interface Hold {
  /** Came back "moved" or "queue full": to be sent first. */
  readonly again: Set<PendingRequest>
  /** Called while the hold was on: to be sent after them. */
  readonly fresh: Set<PendingRequest>
  /** The routing that must be known before they are sent; */
  version: number
  /** from here on it is not waited for any more: it may be that of a branch that is no more, and never come. */
  versionUntilMs: number
  /** Not before this time: the server is behind, or full. */
  notBeforeMs: number
  /** Why the last that came back was not delivered; not set for "moved", which says nothing of anybody's absence. */
  why: NotDeliveredReason | undefined
  /** The last sequence per key hash that reached a handler while the hold was on: what came before must not follow. */
  readonly delivered: Map<number, number>
}

/** What the end of a hold gives back, in the order in which it is to be sent. */
export interface Released {
  readonly send: readonly PendingRequest[]
  /** Cannot be sent any more without overtaking: a later request of the same key has been delivered. */
  readonly overtaken: readonly PendingRequest[]
}

/**
 * Counts what is out per partition and keeps the holds, for one service. Partition -1 stands for all of them; what is addressed
 * to a server is in none.
 */
export class PartitionHolds {
  private out = new Uint32Array(0)
  private totalOut = 0
  private readonly holds = new Map<number, Hold>()

  /** Where messages go has changed: what is new of a partition that moved waits until what is out has been answered. */
  follow(before: ProgramRouting | undefined, after: ProgramRouting): void {
    if (before === undefined) this.resize(after.partitions)
    else if (samePartitions(before, after)) {
      for (const partition of this.changed(before, after)) this.open(partition)
    } else if (this.hasOut || !this.isEmpty) this.openForAll()
    else this.resize(after.partitions)
  }

  /** The key space has another shape: counting begins anew once nothing of the old one is out. */
  resize(partitions: number): void {
    this.out = new Uint32Array(partitions)
  }

  get isEmpty(): boolean {
    return this.holds.size === 0
  }

  private get hasOut(): boolean {
    return this.totalOut > 0
  }

  sent(partition: number): void {
    if (partition === addressedPartition) return
    this.totalOut++
    if (partition < this.out.length) this.out[partition] = this.out[partition]! + 1
  }

  ended(partition: number): void {
    if (partition === addressedPartition) return
    this.totalOut--
    if (partition < this.out.length && this.out[partition]! > 0) this.out[partition] = this.out[partition]! - 1
  }

  outOf(partition: number): number {
    return partition === everything ? this.totalOut : (this.out[partition] ?? 0)
  }

  /** The hold that a request of this partition has to wait behind. */
  find(partition: number): Hold | undefined {
    return this.holds.get(everything) ?? (partition === noPartition ? undefined : this.holds.get(partition))
  }

  open(partition: number): Hold {
    const present = this.holds.get(everything) ?? this.holds.get(partition)
    if (present !== undefined) return present
    const hold: Hold = {
      again: new Set(),
      fresh: new Set(),
      version: 0,
      versionUntilMs: Number.POSITIVE_INFINITY,
      notBeforeMs: 0,
      why: undefined,
      delivered: new Map(),
    }
    this.holds.set(partition, hold)
    return hold
  }

  /** One hold over everything takes the place of all others. */
  private openForAll(): void {
    const before = [...this.holds.values()]
    this.holds.clear()
    const all = this.open(everything)
    for (const hold of before) {
      all.why = hold.why ?? all.why
      for (const request of [...hold.again]) request.waitIn(all.again, 'held')
      for (const request of [...hold.fresh]) request.waitIn(all.fresh, 'held')
      for (const [hash, sequence] of hold.delivered) noteDelivered(all, hash, sequence)
    }
  }

  /** A request ended in a way that says a handler may have had it. */
  delivered(request: PendingRequest): void {
    const hold = this.find(request.partition)
    if (hold !== undefined) noteDelivered(hold, request.keyHash, request.sequence)
  }

  /** Partitions of the present routing of which something is out, and whose version differs. */
  private changed(before: ProgramRouting, after: ProgramRouting): number[] {
    const changed: number[] = []
    for (let partition = 0; partition < this.out.length; partition++) {
      if (this.out[partition]! > 0 && before.changedAt[partition] !== after.changedAt[partition])
        changed.push(partition)
    }
    return changed
  }

  /** The partitions that are held now. */
  held(): number[] {
    return [...this.holds.keys()]
  }

  /** Ends the hold when nothing is out any more, its routing is known and its time has come. */
  release(partition: number, version: number, nowMs: number): Released | undefined {
    const hold = this.holds.get(partition)
    if (hold === undefined || this.outOf(partition) > 0) return undefined
    const isBehind = hold.version > version && nowMs < hold.versionUntilMs
    if (isBehind || hold.notBeforeMs > nowMs) return undefined
    this.holds.delete(partition)
    const again = [...hold.again].sort(bySequence)
    const fresh = [...hold.fresh].sort(bySequence)
    // Who asked to be kept for as long as it takes is kept: order ends where servers and programs come and go. And the rest of a
    // fan-out goes to servers that have had nothing later: that went to those which have had the fan-out.
    const isOvertaken = (request: PendingRequest): boolean =>
      !request.waitsWhenDown && !isRest(request) && (hold.delivered.get(request.keyHash) ?? 0) > request.sequence
    return {
      send: [...again.filter((request) => !isOvertaken(request)), ...fresh],
      overtaken: again.filter(isOvertaken),
    }
  }
}

export const everything = -1

function noteDelivered(hold: Hold, keyHash: number, sequence: number): void {
  if ((hold.delivered.get(keyHash) ?? 0) < sequence) hold.delivered.set(keyHash, sequence)
}

function isRest({ answers, flags }: PendingRequest): boolean {
  return answers !== undefined && (flags & Flag.rest) !== 0
}

function bySequence(one: PendingRequest, other: PendingRequest): number {
  return one.sequence - other.sequence
}
