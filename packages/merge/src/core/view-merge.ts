import type { Answer } from '@ring/discovery'
import {
  type GroupRecord,
  type GroupStanding,
  groupStandingOf,
  hasPrecedence,
  type MergePort,
  type ViewChange,
  type ViewMerger,
} from '@ring/gms'
import { jittered, type NodeName, type Peer } from '@ring/platform'
import { Lead } from './lead.ts'
import { LostMembers } from './lost-members.ts'
import type { MergeMessage } from './message.ts'
import { type MergeRules, soundRules } from './rules.ts'
import { Surrender } from './surrender.ts'

/** How often a coordinator looks for other groups; more often when it has just begun, or misses members. */
const calmLookMs = 5_000
const eagerLookMs = 600
const freshMs = 3_000
/** A group with precedence that never leads (an older version, a way that is cut): this group dissolves into it. */
const patienceMs = 6_000
/** A life that was promised and not called for. */
const promiseMs = 3_500
const lastCallMs = 300

/** Of so many other groups the coordinators are dialled at a time. */
const coordinatorsMax = 16

type MemberStanding = Extract<Answer['standing'], { kind: 'member' }>

type Attempt =
  | { readonly kind: 'leading'; readonly lead: Lead }
  | { readonly kind: 'led'; readonly surrender: Surrender }

/**
 * Brings groups of one name together (rule M6, `QUORUM = none`). Coordinators look for each other; the one whose group has
 * precedence leads: it asks the others, and takes all their members in with one change, in their order, under new
 * lives. Joins and suspicions wait meanwhile. What stalls is given up and tried again after a random time.
 */
export class ViewMerge implements ViewMerger {
  readonly #port: MergePort
  readonly #rules: MergeRules
  readonly #lost = new LostMembers()
  #attempt: Attempt | undefined
  #startedMs = 0
  #passedBy: { readonly lineage: string; readonly sinceMs: number } | undefined

  constructor(port: MergePort, rules: MergeRules = soundRules) {
    this.#port = port
    this.#rules = rules
  }

  start(): void {
    this.#startedMs = this.#port.nowMs()
    this.#lookLater()
  }

  reset(): void {
    if (this.#attempt?.kind === 'led') this.#attempt.surrender.forget()
    this.#attempt = undefined
    this.#passedBy = undefined
    for (const alarm of ['look', 'attempt', 'held', 'promise']) this.#port.clearAlarm(alarm)
  }

  /** Groups whose coordinator cannot be dialled are left alone: nobody could join them. */
  onDiscovered(answers: readonly Answer[]): void {
    const own = this.#own()
    if (!own || !this.#port.coordinates()) return
    const coordinators = new Map<NodeName, MemberStanding['coordinator']>()
    for (const { standing } of answers)
      if (standing.kind === 'member' && standing.lineage !== own.lineage && coordinators.size < coordinatorsMax)
        coordinators.set(standing.coordinator.name, standing.coordinator)
    this.#port.dialable([...coordinators.values()], (names) => {
      this.#found(answers.filter(({ standing }) => standing.kind === 'member' && names.has(standing.coordinator.name)))
    })
  }

  #found(answers: readonly Answer[]): void {
    const own = this.#own()
    if (!own || !this.#port.coordinates() || this.#attempt?.kind === 'led') return
    const others = new Map<string, GroupStanding>()
    const reached = new Set<string>()
    for (const { name, standing } of answers) {
      if (standing.kind !== 'member' || standing.lineage === own.lineage) continue
      const { coordinator, lineage } = standing
      this.#port.learnAddress(coordinator.name, coordinator.address)
      if (reached.has(lineage)) continue
      if (name === coordinator.name) reached.add(lineage)
      others.set(lineage, groupStandingOf(standing))
    }
    const found = [...others.values()].sort((one, other) => (hasPrecedence(one, other) ? -1 : 1))
    const [best] = found
    if (!best) this.#passedBy = undefined
    else if (this.#goesBefore(best, own)) this.#askToBeLed(best, own, reached.has(best.lineage))
    else for (const standing of found) this.#lead(standing, own)
  }

  onMessage(from: Peer, value: object): void {
    const message = value as MergeMessage
    switch (message.type) {
      case 'merge.found':
        return this.#ifDialable(from, message.standing, () => this.#onFound(from.name, message.standing))
      case 'merge.req':
        return this.#ifDialable(from, message.standing, () => this.#onRequest(from.name, message.id, message.standing))
      case 'merge.rsp':
        if (this.#attempt?.kind === 'leading')
          this.#attempt.lead.onAnswer(from.name, message.id, message.standing, message.lives)
        return
      case 'merge.refused':
        if (this.#attempt?.kind === 'leading') this.#attempt.lead.onRefusal(from.name, message.id)
        return
      case 'merge.prepare':
        return this.#onPrepare(from.name, message.id)
      case 'merge.ready':
        if (this.#attempt?.kind === 'led') this.#attempt.surrender.onReady(from.name, message.id, message.life)
        return
      case 'merge.cancel':
        return this.#onCancel(from.name, message.id)
    }
  }

  onView(record: GroupRecord, change: ViewChange): void {
    this.#lost.onView(record, change, this.#port.nowMs())
    // What was promised to others was promised for the group as it was.
    if (this.#attempt?.kind === 'led' && !this.#port.coordinates()) this.#attempt.surrender.cancel()
    if (this.#lost.isEager(this.#port.nowMs())) this.#lookLater()
  }

  onDoubtChanged(): void {
    const members = this.#port.record()?.view.members ?? []
    const isDoubtful = members.some(({ name }) => this.#port.isDoubted(name))
    if (!isDoubtful || !this.#rules.doubtCancels) return
    if (this.#attempt?.kind === 'led') this.#attempt.surrender.doubt()
    else if (this.#attempt?.kind === 'leading') this.#attempt.lead.cancel()
    // Our coordinator may be gone because it is there already: the word for us is on its way then.
    else this.#port.setAlarm('promise', lastCallMs, () => this.#port.breakPromise())
  }

  #goesBefore(one: GroupStanding, other: GroupStanding): boolean {
    return this.#rules.precedenceWins && hasPrecedence(one, other)
  }

  #own(): GroupStanding | undefined {
    const { standing } = this.#port.answer()
    return standing.kind === 'member' && this.#port.record() ? groupStandingOf(standing) : undefined
  }

  #lookLater(): void {
    const nowMs = this.#port.nowMs()
    const isEager = nowMs - this.#startedMs < freshMs || this.#lost.isEager(nowMs)
    const delayMs = isEager ? eagerLookMs : calmLookMs
    this.#port.setAlarm(
      'look',
      this.#rules.retriesAreRandom ? jittered(this.#port.random, delayMs, 0.4) : delayMs,
      () => {
        if (this.#port.coordinates() && !this.#attempt) this.#port.discover(this.#lost.addresses)
        this.#lookLater()
      },
    )
  }

  /**
   * The other group goes first; if it never does, ours dissolves into it. Not while only its members answer: who cannot
   * reach the coordinator is not let in either, and would be in no group at all.
   */
  #askToBeLed(best: GroupStanding, own: GroupStanding, isReached: boolean): void {
    const nowMs = this.#port.nowMs()
    if (this.#passedBy?.lineage !== best.lineage) this.#passedBy = { lineage: best.lineage, sinceMs: nowMs }
    if (isReached && nowMs - this.#passedBy.sinceMs > patienceMs) return this.#port.dissolve()
    this.#send(best.coordinator, { type: 'merge.found', standing: own })
  }

  /** A coordinator of version 0.3.0 does not say where it is, and is believed. */
  #ifDialable({ name }: Peer, { address }: GroupStanding, run: () => void): void {
    if (address === undefined) return run()
    this.#port.dialable([{ name, address }], (names) => {
      if (names.has(name)) run()
    })
  }

  #onFound(from: NodeName, standing: GroupStanding): void {
    const own = this.#own()
    if (!own || !this.#port.coordinates() || standing.lineage === own.lineage || standing.coordinator !== from) return
    if (hasPrecedence(own, standing) && this.#attempt?.kind !== 'led') this.#lead(standing, own)
  }

  #lead(standing: GroupStanding, own: GroupStanding): void {
    if (this.#attempt?.kind === 'led') return
    this.#attempt ??= {
      kind: 'leading',
      lead: new Lead(this.#port, () => {
        this.#attempt = undefined
      }),
    }
    this.#attempt.lead.ask(standing, own)
  }

  #onRequest(from: NodeName, id: string, standing: GroupStanding): void {
    const own = this.#own()
    if (!own || !this.#port.coordinates() || standing.lineage === own.lineage) return
    const refuse = (why: 'precedence' | 'busy') => this.#send(from, { type: 'merge.refused', id, standing: own, why })
    if (this.#goesBefore(own, standing)) return refuse('precedence')
    if (this.#attempt?.kind === 'led') {
      if (this.#attempt.surrender.leader !== from) return refuse('busy')
      this.#attempt.surrender.cancel()
    }
    if (this.#attempt?.kind === 'leading') {
      if (!this.#rules.precedenceWins) return refuse('busy')
      this.#attempt.lead.cancel()
    }
    this.#passedBy = undefined
    const surrender = new Surrender(this.#port, {
      ...{ leader: from, id, own, ends: this.#rules.stalledMergeEnds },
      onEnd: () => {
        this.#attempt = undefined
        this.#lookLater()
      },
    })
    this.#attempt = { kind: 'led', surrender }
  }

  /** Our coordinator wants to lead us into another group. */
  #onPrepare(from: NodeName, id: string): void {
    if (this.#port.record()?.voters[0]?.name !== from || this.#port.isDoubted(from)) return
    this.#send(from, { type: 'merge.ready', id, life: this.#port.promiseLife() })
    this.#port.setAlarm('promise', promiseMs, () => this.#port.breakPromise())
  }

  #onCancel(from: NodeName, id: string): void {
    if (this.#attempt?.kind === 'led') {
      if (this.#attempt.surrender.isLedBy(from, id)) this.#attempt.surrender.cancel()
    } else if (!this.#attempt && this.#port.record()?.voters[0]?.name === from) this.#port.breakPromise()
  }

  #send(to: NodeName, message: MergeMessage): void {
    this.#port.send(to, message)
  }
}
