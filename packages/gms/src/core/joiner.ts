import type { Answer } from '@ring/discovery'
import { type Address, type Incarnation, incarnation, jittered, type NodeName, randomHex } from '@ring/platform'
import { founder } from '@ring/register'
import { firstVersion, type GmsContext, originOf, send } from './context.ts'
import { memberOf } from './effects.ts'
import type { Applicant, JoinRefusal } from './messages.ts'
import { changeBetween, type GroupRecord, type Member, type View, votersOf } from './view.ts'

type MemberAnswer = Answer & { readonly standing: { readonly kind: 'member' } }

export interface JoinerHost {
  /** The names of the configured servers; none where the configuration has no list. */
  readonly configured: readonly NodeName[]
  /** The record that was found in the state directory at the start. */
  readonly stored: GroupRecord | undefined
  /** Enters a group of its own, alone (`QUORUM = none`). */
  onFormedAlone(record: GroupRecord): void
  /** All were restarted: this node proposes the change from the old lives to the new (rule R10). */
  onRestart(stored: GroupRecord, applicants: readonly Applicant[]): void
  /** Its own name is known with this later incarnation: take the next one. */
  onOlderLife(known: Incarnation): void
}

/**
 * A newcomer's way into a group: ask around, send JOIN_REQ to the coordinator, or be the first. Runs again and again,
 * with a random pause, until a view contains this life.
 */
export class Joiner {
  readonly #context: GmsContext
  readonly #host: JoinerHost

  constructor(context: GmsContext, host: JoinerHost) {
    this.#context = context
    this.#host = host
  }

  start(): void {
    this.#context.emit({ type: 'discover', purpose: 'join' })
  }

  stop(): void {
    this.#context.alarms.clear('join')
  }

  onDiscovered(answers: readonly Answer[]): void {
    const members = answers.filter(isMember)
    if (members.length > 0) this.#join(members)
    else if (this.#context.quorum === 'majority') this.#formByQuorum(answers)
    else this.#formAlone(answers)
  }

  onRefused(reason: JoinRefusal): void {
    switch (reason.kind) {
      case 'not-coordinator':
        this.#context.emit({ type: 'learn-address', name: reason.coordinator, address: reason.address })
        if (reason.coordinator === this.#context.self.name) this.#again()
        else this.#request(reason.coordinator, reason.address)
        break
      case 'older-life':
        this.#host.onOlderLife(incarnation(reason.known + 1))
        this.start()
        break
      case 'barred':
      case 'busy':
        this.#again()
        break
    }
  }

  /** The answer that leads to the largest, then latest group; who is told "the coordinator is you" asks the next (M4). */
  #join(answers: readonly MemberAnswer[]): void {
    const { self } = this.#context
    const best = answers.reduce((one, other) => (isBetterGroup(other.standing, one.standing) ? other : one))
    const { coordinator } = best.standing
    if (coordinator.name === self.name) this.#request(best.name, best.address)
    else this.#request(coordinator.name, coordinator.address)
  }

  #request(name: NodeName, address: Address): void {
    this.#context.emit({ type: 'learn-address', name, address })
    this.#context.emit({ type: 'status', status: { phase: 'joining', coordinator: name } })
    send(this.#context, name, { type: 'gms.join-req', applicant: applicantOf(this.#context) })
    this.#again(this.#context.timing.joinTimeoutMs)
  }

  #again(delayMs = 100): void {
    const { alarms, nowMs, random } = this.#context
    alarms.set('join', nowMs + jittered(random, delayMs, 0.3), () => this.start())
  }

  /** Of newcomers that see each other the smallest name begins; the others find it on the next round. */
  #formAlone(answers: readonly Answer[]): void {
    const { self } = this.#context
    if (answers.some(({ name }) => name < self.name)) return this.#again()
    const view: View = { members: [memberOf(self, 'formed')], barred: [] }
    this.#host.onFormedAlone(firstRecord(this.#context, view))
  }

  #formByQuorum(answers: readonly Answer[]): void {
    const { stored } = this.#host
    const furthest = [stored, ...answers.map(storedOf)].reduce((one, other) =>
      other && (!one || other.version > one.version) ? other : one,
    )
    if (furthest) this.#restart(furthest, answers)
    else this.#form(answers)
  }

  /** Rule R7: all state directories are empty as far as can be seen; the smallest name proposes. */
  #form(answers: readonly Answer[]): void {
    const { self } = this.#context
    const { configured } = this.#host
    const present = new Set([self.name, ...answers.map(({ name }) => name)])
    const missing = configured.filter((name) => !present.has(name))
    this.#context.emit({ type: 'status', status: { phase: 'discovering', waitingFor: missing } })
    this.#again(300)
    if (2 * (configured.length - missing.length) <= configured.length) return
    if (answers.some(({ name }) => name < self.name)) return
    const members = [memberOf(self, 'formed'), ...answers.map(formerMember)].sort((one, other) =>
      one.name < other.name ? -1 : 1,
    )
    this.#context.emit({ type: 'form', record: firstRecord(this.#context, { members, barred: [] }) })
  }

  /** Rule R10: whoever holds the furthest record and comes first in its view brings the old lives' successors in. */
  #restart(furthest: { readonly lineage: string; readonly version: number }, answers: readonly Answer[]): void {
    const { self } = this.#context
    const { stored } = this.#host
    this.#again(300)
    if (!stored) return
    const back = [self.name, ...answers.map(({ name }) => name)]
    const missing = stored.view.members.filter(({ name }) => !back.includes(name)).map(({ name }) => name)
    this.#context.emit({ type: 'status', status: { phase: 'discovering', waitingFor: missing } })
    if (stored.lineage !== furthest.lineage || stored.version < furthest.version) return
    const holders = answers.filter((answer) => storedOf(answer)?.version === stored.version).map(({ name }) => name)
    const first = stored.view.members.find(({ name }) => name === self.name || holders.includes(name))
    if (first?.name !== self.name) return
    const applicants = new Map([applicantOf(this.#context), ...answers].map((one) => [one.name, toApplicant(one)]))
    const old = stored.view.members.flatMap(({ name }) => applicants.get(name) ?? [])
    this.#host.onRestart(stored, old)
  }
}

function isMember(answer: Answer): answer is MemberAnswer {
  return answer.standing.kind === 'member'
}

function storedOf(answer: Answer): { readonly lineage: string; readonly version: number } | undefined {
  return answer.standing.kind === 'newcomer' ? answer.standing.stored : undefined
}

function toApplicant({ name, incarnation, address, voterId }: Applicant): Applicant {
  return { name, incarnation, address, voterId }
}

function formerMember(answer: Answer): Member {
  return { ...toApplicant(answer), why: 'formed' }
}

export function applicantOf({ self }: GmsContext): Applicant {
  return toApplicant(self)
}

/** More members, then the higher version, then the smaller coordinator name: the same rule on every node. */
export function isBetterGroup(one: MemberAnswer['standing'], other: MemberAnswer['standing']): boolean {
  if (one.members.length !== other.members.length) return one.members.length > other.members.length
  if (one.version !== other.version) return one.version > other.version
  return one.coordinator.name < other.coordinator.name
}

/** Version and epoch of a new lineage begin at the wall clock, above every other's (rule R8). */
function firstRecord(context: GmsContext, view: View): GroupRecord {
  const state = context.stateAfter(undefined, changeBetween(undefined, view), view, firstVersion(context))
  const content = { voters: votersOf(view, context.quorum), view, state, operations: [] }
  return founder(randomHex(context.random), content, originOf(context), context.wallMs) as GroupRecord
}
