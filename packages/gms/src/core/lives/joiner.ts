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
import type { DialBack } from '../alive/dial-back.ts'
import type { ReachNotes } from '../alive/reach-notes.ts'
import { firstVersion, type GmsContext, originOf, send, stateWith } from '../context.ts'
import { applicantOf, memberOf } from '../effects.ts'
import { groupStandingOf, hasPrecedence } from '../meeting/group-standing.ts'
import type { JoinRefusal } from '../messages.ts'
import { type Applicant, changeBetween, type GroupRecord, type View, votersOf } from '../record/view.ts'

type MemberAnswer = Answer & { readonly standing: { readonly kind: 'member' } }

/** So long a coordinator that answers and cannot be dialled is passed over. */
const avoidedMs = 15_000
/** A coordinator that just died is missed once or twice; it takes more to speak of it. */
const missedMax = 5

export interface JoinerHost {
  /** The names of the configured servers; none where the configuration has no list. */
  readonly configured: readonly NodeName[]
  /** How many there will be, where they are not all configured. */
  readonly expect: number | undefined
  /** Whether what this node votes is stored: who cannot leads nobody back. */
  canVote(): boolean
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

  readonly #dialBack: DialBack
  readonly #notes: ReachNotes
  /** Who answered and cannot be dialled, and until when its answers do not count: `name incarnation`. */
  readonly #avoided = new Map<string, number>()
  /** How often a coordinator could not be dialled whose members can. */
  #missed = 0

  constructor(context: GmsContext, dialBack: DialBack, notes: ReachNotes, host: JoinerHost) {
    this.#context = context
    this.#dialBack = dialBack
    this.#notes = notes
    this.#host = host
  }

  start(): void {
    const { nowMs } = this.#context
    for (const [life, untilMs] of this.#avoided) if (untilMs <= nowMs) this.#avoided.delete(life)
    this.#context.emit({ type: 'discover', purpose: 'join', ...(this.#avoided.size > 0 && { thorough: true }) })
  }

  stop(): void {
    this.#context.alarms.clear('join')
  }

  /** The register came to hold a record while we are outside: time to look who else is. */
  recordArrived(): void {
    this.#again(50)
  }

  onDiscovered(answers: readonly Answer[]): void {
    const at = this.#notes.takenAt
    if (at !== undefined) {
      this.#context.emit({ type: 'status', status: { phase: 'name-taken', at } })
      return this.#again(this.#context.timing.joinTimeoutMs)
    }
    const members = answers.filter(isMember).filter((answer) => !this.#avoided.has(lifeOf(answer)))
    const newcomers = answers.filter((answer) => !isMember(answer))
    if (members.length > 0) this.#join(members)
    else if (this.#context.quorum === 'majority') this.#formByQuorum(newcomers)
    else this.#formAlone(newcomers)
  }

  onRefused(from: Peer, reason: JoinRefusal): void {
    switch (reason.kind) {
      case 'not-coordinator':
        this.#context.emit({ type: 'learn-address', name: reason.coordinator, address: reason.address })
        if (reason.coordinator !== this.#context.self.name)
          this.#approach({ name: reason.coordinator, address: reason.address }, () => this.#again())
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
      case 'undialable': {
        const { address, why } = reason
        this.#notes.toldBy(from.name, address, why)
        this.#context.emit({ type: 'status', status: { phase: 'undialable', by: from.name, address } })
        this.#again(this.#context.timing.joinTimeoutMs)
        break
      }
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
    const asked = coordinator.name === self.name && rules.asksTheNext ? best : coordinator
    this.#approach(asked, (why) => {
      if (asked.name === best.name) return this.#avoid(best, answers, why)
      // The others of its group may miss it as well, and will have another one; unless they cannot be dialled either.
      this.#dialBack.ask({ name: best.name, address: best.address }, (verdict) => {
        if (this.#context.phase !== 'discovering') return
        if (!verdict.reached) return this.#avoid(best, answers, verdict.why)
        this.#missed += 1
        if (this.#missed > missedMax) this.#notes.cannotDial(asked.name, asked.address, why)
        this.#again()
      })
    })
  }

  /**
   * That a coordinator answers does not make it one: by multicast, or over a link of its own dialling, it may answer and
   * not be dialled by anybody. It is passed over for a while, so that the others become a group without it.
   */
  #avoid(answer: MemberAnswer, answers: readonly MemberAnswer[], why: string): void {
    this.#avoided.set(lifeOf(answer), this.#context.nowMs + avoidedMs)
    this.#notes.cannotDial(answer.name, answer.address, why)
    const rest = answers.filter((other) => lifeOf(other) !== lifeOf(answer))
    if (rest.length > 0) this.#join(rest)
    else this.#again(0)
  }

  /** Dials who is to let us in first: to be taken in by somebody whom nobody reaches would be worse than to wait. */
  #approach(to: { readonly name: NodeName; readonly address: Address }, failed: (why: string) => void): void {
    this.#again(2 * this.#context.timing.joinTimeoutMs)
    this.#dialBack.ask({ name: to.name, address: to.address }, (verdict) => {
      if (this.#context.phase !== 'discovering') return
      if (!verdict.reached) return failed(verdict.why)
      this.#missed = 0
      this.#request(to.name, to.address)
    })
  }

  #request(name: NodeName, address: Address): void {
    this.#context.emit({ type: 'learn-address', name, address })
    if (this.#notes.by().length === 0)
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
    if (!record || !this.#host.canVote() || answers.some((answer) => (storedOf(answer)?.version ?? 0) > record.version))
      return
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

function lifeOf({ name, incarnation }: Answer): string {
  return `${name} ${incarnation}`
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
