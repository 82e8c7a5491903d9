import type { NodeName, Peer } from '@ring/platform'
import { isQuorumOf } from '@ring/register'
import { type GmsContext, lifeNamed, memberNamed, progressOf, send } from './context.ts'
import type { Progress } from './messages.ts'
import { fullMeshMax } from './overlay.ts'
import { speaksDeltas } from './view.ts'

interface Round {
  readonly progress: Progress
  readonly sentMs: number
  readonly sentWallMs: number
  /** By whom, and for how long: voters may have other terms than ours. */
  readonly granted: Map<NodeName, number>
}

/** Renewed so many times in a term, so that one lost round does not end it. */
const renewalsInTerm = 2.5
/** Clocks of machines run apart by less than this part of a term. */
const driftPart = 0.02

export interface QuorumLeaseHost {
  /** Whether this node itself as a voter grants it. */
  grantsSelf(progress: Progress): boolean
  onChange(): void
}

/**
 * The lease under which this node may say `primary` (rule M7) and serve what must not be stale (L1): granted by a quorum of
 * voters for a term that counts from the question. A server cannot lend its own to another: nobody would wait for that one.
 */
export class QuorumLease {
  readonly #context: GmsContext
  readonly #host: QuorumLeaseHost
  #seq = 0
  #round: Round | undefined
  #endsMs = Number.NEGATIVE_INFINITY
  #beganWallMs = 0
  #endsWallMs = Number.NEGATIVE_INFINITY

  constructor(context: GmsContext, host: QuorumLeaseHost) {
    this.#context = context
    this.#host = host
  }

  start(): void {
    if (this.#context.quorum === 'majority') this.#renew()
  }

  reset(): void {
    this.#round = undefined
    this.#endsMs = Number.NEGATIVE_INFINITY
    this.#endsWallMs = Number.NEGATIVE_INFINITY
    this.#context.alarms.clear('lease')
    this.#context.alarms.clear('lease end')
  }

  /** Both clocks count: the monotonic one may stand still in a suspended machine, the other may be set. */
  isHeld(nowMs = this.#context.nowMs, wallMs = this.#context.wallMs): boolean {
    if (nowMs >= this.#endsMs) return false
    return (
      !this.#context.rules.leaseChecksWallClock || (wallMs < this.#endsWallMs && wallMs >= this.#beganWallMs - 1000)
    )
  }

  onGranted(from: Peer, seq: number, forMs: number): void {
    const round = this.#round
    const { record } = this.#context
    if (!round || seq !== this.#seq || record?.version !== round.progress.version) return
    round.granted.set(from.name, forMs)
    this.#count(round)
  }

  /** In a large group the voters only: the others would keep them busy. */
  #renew(): void {
    const { record, self, alarms, nowMs, wallMs, timing } = this.#context
    alarms.set('lease', nowMs + timing.leaseMs / renewalsInTerm, () => this.#renew())
    const progress = progressOf(record)
    if (!record || !progress || !lifeNamed(this.#context, self)) return
    const isVoter = record.voters.some(({ name }) => name === self.name)
    if (!isVoter && record.view.members.length > fullMeshMax) return
    this.#seq += 1
    this.#round = { progress, sentMs: nowMs, sentWallMs: wallMs, granted: new Map() }
    for (const { name } of record.voters)
      if (name !== self.name && this.#understands(name))
        send(this.#context, name, { type: 'gms.lease-req', seq: this.#seq, progress })
    if (isVoter && this.#host.grantsSelf(progress)) {
      this.#round.granted.set(self.name, timing.leaseMs)
      this.#count(this.#round)
    }
  }

  /** A voter of an earlier version grants nothing: without enough others there is no primary until it is upgraded. */
  #understands(name: NodeName): boolean {
    return (memberNamed(this.#context, name)?.speaks ?? 1) >= speaksDeltas
  }

  /** It lasts as long as a quorum of grants does: the longest term that enough of the voters gave, and never above ours. */
  #count(round: Round): void {
    const { record, timing } = this.#context
    const voters = record?.voters ?? []
    const terms = [...new Set(round.granted.values())].sort((one, other) => other - one)
    const lasts = terms.find((ms) => isQuorumOf(voters, ({ name }) => (round.granted.get(name) ?? 0) >= ms))
    if (lasts !== undefined) this.#extend(round, Math.min(lasts, timing.leaseMs) * (1 - driftPart))
  }

  #extend({ sentMs, sentWallMs }: Round, forMs: number): void {
    const wasHeld = this.isHeld()
    if (sentMs + forMs > this.#endsMs) {
      this.#endsMs = sentMs + forMs
      this.#beganWallMs = sentWallMs
      this.#endsWallMs = sentWallMs + forMs
    }
    const { alarms } = this.#context
    alarms.set('lease end', this.#endsMs, () => this.#host.onChange())
    if (!wasHeld && this.isHeld()) this.#host.onChange()
  }
}
