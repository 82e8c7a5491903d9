import type { Answer } from '@ring/discovery'
import {
  type Address,
  below,
  type Incarnation,
  incarnation,
  jittered,
  type NodeName,
  type Peer,
  randomHex,
} from '@ring/platform'
import { founder } from '@ring/register'
import { firstVersion, type GmsContext, originOf, send, stateWith } from './context.ts'
import { applicantOf, memberOf } from './effects.ts'
import { groupStandingOf, hasPrecedence } from './group-standing.ts'
import type { JoinRefusal } from './messages.ts'
import { type Applicant, changeBetween, type GroupRecord, type View, votersOf } from './view.ts'

type MemberAnswer = Answer & { readonly standing: { readonly kind: 'member' } }

export interface JoinerHost {
  /** The names of the configured servers; none where the configuration has no list. */
  readonly configured: readonly NodeName[]
  /** How many there will be, where they are not all configured. */
  readonly expect: number | undefined
  /** Enters a group of its own, alone (`QUORUM = none`). */
  onFormedAlone(record: GroupRecord): void
  /** Nobody of the record lives, or nobody yet: this node proposes the change that brings the new lives in (rule R10). */
  onRestart(applicants: readonly Applicant[]): void
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

  /** The register came to hold a record while we are outside: time to look who else is. */
  recordArrived(): void {
    this.#again(50)
  }

  onDiscovered(answers: readonly Answer[]): void {
    const members = answers.filter(isMember)
    if (members.length > 0) this.#join(members)
    else if (this.#context.quorum === 'majority') this.#formByQuorum(answers)
    else this.#formAlone(answers)
  }

  onRefused(from: Peer, reason: JoinRefusal): void {
    switch (reason.kind) {
      case 'not-coordinator':
        this.#context.emit({ type: 'learn-address', name: reason.coordinator, address: reason.address })
        if (reason.coordinator !== this.#context.self.name) this.#request(reason.coordinator, reason.address)
        // The view has this very life, which is not in it: an earlier one, with another clock, took the same number.
        else if (reason.incarnation === this.#context.self.incarnation) this.#takeLaterLife(reason.incarnation)
        else this.#again()
        break
      case 'older-life':
        this.#takeLaterLife(reason.known)
        break
      case 'barred':
        this.#context.emit({ type: 'status', status: { phase: 'barred', by: from.name } })
        this.#again(this.#context.timing.joinTimeoutMs)
        break
      case 'busy':
        this.#again()
        break
    }
  }

  /** Not simply the next number: the one who named the known life may be behind, and the next be taken. */
  #takeLaterLife(known: number): void {
    this.#host.onOlderLife(incarnation(known + 1 + below(this.#context.random, 1024)))
    this.start()
  }

  /** The answer that leads to the largest, then latest group; who is told "the coordinator is you" asks the next (M4). */
  #join(answers: readonly MemberAnswer[]): void {
    const { self, rules } = this.#context
    const best = answers.reduce((one, other) => (isBetterGroup(other, one) ? other : one))
    const { coordinator } = best.standing
    if (coordinator.name === self.name && rules.asksTheNext) this.#request(best.name, best.address)
    else this.#request(coordinator.name, coordinator.address)
  }

  #request(name: NodeName, address: Address): void {
    this.#context.emit({ type: 'learn-address', name, address })
    this.#context.emit({ type: 'status', status: { phase: 'joining', coordinator: name } })
    send(this.#context, name, { type: 'gms.join-req', applicant: applicantOf(this.#context.self) })
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

  /**
   * Nobody who answers is a member. The register forms the first record among the configured names by itself (rule R7); once
   * there is a record, the first of those who hold it brings the lives in (rule R10).
   */
  #formByQuorum(answers: readonly Answer[]): void {
    const { record } = this.#context
    this.#tellWhomItWaitsFor(answers)
    this.#again(300)
    if (!record || answers.some((answer) => (storedOf(answer)?.version ?? 0) > record.version)) return
    const order = [...record.view.members, ...record.voters].map(({ name }) => name)
    const { self } = this.#context
    const holders = answers.filter((answer) => storedOf(answer)?.version === record.version).map(({ name }) => name)
    if (order.find((name) => name === self.name || holders.includes(name)) !== self.name) return
    const applicants = [applicantOf(this.#context.self), ...answers.map(toApplicant)]
    const place = ({ name }: Applicant) => (order.includes(name) ? order.indexOf(name) : order.length)
    applicants.sort((one, other) => place(one) - place(other) || (one.name < other.name ? -1 : 1))
    this.#host.onRestart(applicants)
  }

  #tellWhomItWaitsFor(answers: readonly Answer[]): void {
    const present = [this.#context.self.name, ...answers.map(({ name }) => name)]
    const { configured, expect = 0 } = this.#host
    const missing: string[] = configured.filter((name) => !present.includes(name))
    const more = expect - present.length - missing.length
    const waitingFor = more > 0 ? [...missing, `${more} more of ${expect}`] : missing
    this.#context.emit({ type: 'status', status: { phase: 'discovering', waitingFor } })
  }
}

function isBetterGroup(one: MemberAnswer, other: MemberAnswer): boolean {
  return hasPrecedence(groupStandingOf(one.standing), groupStandingOf(other.standing))
}

function isMember(answer: Answer): answer is MemberAnswer {
  return answer.standing.kind === 'member'
}

function storedOf(answer: Answer): { readonly lineage: string; readonly version: number } | undefined {
  return answer.standing.kind === 'newcomer' ? answer.standing.stored : undefined
}

/** The rest it says itself, once it is in. */
function toApplicant({ name, incarnation, address, voterId }: Answer): Applicant {
  return { name, incarnation, address, voterId }
}

/** Version and epoch of a new lineage begin at the wall clock, above every other's (rule R8). */
function firstRecord(context: GmsContext, view: View): GroupRecord {
  const state = stateWith(context, undefined, changeBetween(undefined, view), view, firstVersion(context))
  const content = { voters: votersOf(view, context.quorum), view, state, operations: [] }
  return founder(randomHex(context.random), content, originOf(context), context.wallMs) as GroupRecord
}
