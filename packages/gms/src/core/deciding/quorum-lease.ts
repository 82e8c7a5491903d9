import type { NodeName, Peer } from '@ring/platform'
import { isQuorumOf } from '@ring/register'
import { fullMeshMax } from '../alive/overlay.ts'
import { type GmsContext, lifeNamed, memberNamed, progressOf, send } from '../context.ts'
import type { Progress } from '../record/progress.ts'
import { type GroupRecord, speaksDeltas } from '../record/view.ts'

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

/** Whether a server asks for leases: in a large group the voters alone do. */
export function holdsLeases({ view, voters }: GroupRecord, name: NodeName): boolean {
  return view.members.length <= fullMeshMax || voters.some((voter) => voter.name === name)
}

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
  /** When each voter that is asked last answered, whatever it said; or was asked first. */
  readonly #heardMs = new Map<NodeName, number>()

  constructor(context: GmsContext, host: QuorumLeaseHost) {
    this.#context = context
    this.#host = host
  }

  start(): void {
    if (this.#context.quorum === 'majority') this.#renew()
  }

  reset(): void {
    this.#round = undefined
    this.#heardMs.clear()
    this.#endsMs = Number.NEGATIVE_INFINITY
    this.#endsWallMs = Number.NEGATIVE_INFINITY
    this.#context.alarms.clear('lease')
    this.#context.alarms.clear('lease end')
  }

  /**
   * Whether a voter does not count any more. Once the lease has ended nothing keeps the others from going on without this
   * node, and its own doubts may come too late: it waits longer before it doubts others when nobody answers it. So whoever
   * left the last questions unanswered is silent.
   */
  isSilent(name: NodeName): boolean {
    const heardMs = this.#heardMs.get(name)
    if (this.#endsMs === Number.NEGATIVE_INFINITY || this.isHeld() || heardMs === undefined) return false
    return this.#context.nowMs - heardMs > this.#context.timing.detectMs / 2
  }

  /** The process was away: nobody was silent meanwhile, and the answers to a question of now come soon. */
  resumed(gapMs: number): void {
    if (this.#context.quorum === 'none') return
    for (const [name, heardMs] of this.#heardMs) this.#heardMs.set(name, heardMs + gapMs)
    this.#renew()
  }

  /** Both clocks count: the monotonic one may stand still in a suspended machine, the other may be set. */
  isHeld(nowMs = this.#context.nowMs, wallMs = this.#context.wallMs): boolean {
    if (nowMs >= this.#endsMs) return false
    return (
      !this.#context.rules.leaseChecksWallClock || (wallMs < this.#endsWallMs && wallMs >= this.#beganWallMs - 1000)
    )
  }

  /** @param forMs undefined: not granted */
  onAnswer(from: Peer, seq: number, forMs: number | undefined): void {
    this.#heardMs.set(from.name, this.#context.nowMs)
    if (forMs !== undefined) this.#onGranted(from, seq, forMs)
  }

  #onGranted(from: Peer, seq: number, forMs: number): void {
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
    // Who is silent may have become clear since it ended.
    if (this.#endsMs !== Number.NEGATIVE_INFINITY && !this.isHeld()) this.#host.onChange()
    const progress = progressOf(record)
    if (!record || !progress || !lifeNamed(this.#context, self)) return
    if (!holdsLeases(record, self.name)) return
    this.#seq += 1
    this.#round = { progress, sentMs: nowMs, sentWallMs: wallMs, granted: new Map() }
    const asked = record.voters.filter(({ name }) => name !== self.name && this.#understands(name))
    for (const { name } of asked) {
      if (!this.#heardMs.has(name)) this.#heardMs.set(name, nowMs)
      send(this.#context, name, { type: 'gms.lease-req', seq: this.#seq, progress })
    }
    for (const name of this.#heardMs.keys()) if (!asked.some((voter) => voter.name === name)) this.#heardMs.delete(name)
    const isVoter = record.voters.some(({ name }) => name === self.name)
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
