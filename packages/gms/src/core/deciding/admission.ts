import type { NodeName, Peer } from '@ring/platform'
import type { DialBack } from '../alive/dial-back.ts'
import type { ReachNotes } from '../alive/reach-notes.ts'
import { type GmsContext, memberNamed, send } from '../context.ts'
import type { JoinRefusal } from '../messages.ts'
import { type Applicant, findMember, type GroupRecord, type Member, speaksReach } from '../record/view.ts'

export interface AdmissionHost {
  actingCoordinator(): NodeName | undefined
  /** Old lives of a name are over as soon as a later one speaks (rule M4). */
  onLaterLife(member: Member): void
  /** Whether the view, with those who wait, has room for nobody more. */
  isFull(): boolean
  /** Whether who is in already can be told so now. */
  isSettled(): boolean
  /** It is being dialled, and then `letIn` follows or not, and `expected` in any case. */
  expect(name: NodeName): void
  expected(name: NodeName): void
  letIn(applicant: Applicant): void
  letInTogether(applicants: readonly Applicant[]): void
}

/**
 * Who comes into the view. A newcomer is dialled back before it is let in: it gets keys at once, and who has a link of its
 * own dialling alone cannot be brought a request for them.
 */
export class Admission {
  readonly #context: GmsContext
  readonly #dialBack: DialBack
  readonly #notes: ReachNotes
  readonly #host: AdmissionHost
  /** The lives of a restart are being dialled. */
  #isGathering = false

  constructor(context: GmsContext, dialBack: DialBack, notes: ReachNotes, host: AdmissionHost) {
    this.#context = context
    this.#dialBack = dialBack
    this.#notes = notes
    this.#host = host
  }

  reset(): void {
    this.#isGathering = false
  }

  /** JOIN_REQ; answered by JOIN_RSP once the change is settled, or refused as soon as that is clear. */
  onJoin(from: Peer, applicant: Applicant): void {
    if (applicant.name !== from.name || applicant.incarnation !== from.incarnation) return
    if (!this.#mayCome(from, applicant)) return
    this.#host.expect(applicant.name)
    this.#dialBack.ask(applicant, (verdict) => {
      if (verdict.reached) this.#reached(from, applicant)
      else this.#notReached(from, applicant, verdict.why)
      this.#host.expected(applicant.name)
    })
  }

  /** All have restarted (rule R10): those who can be dialled come in with one change. */
  restart(applicants: readonly Applicant[]): void {
    if (this.#isGathering) return
    const out = new Set<NodeName>()
    const others = applicants.filter(({ name }) => name !== this.#context.self.name)
    let open = others.length
    const end = () => {
      this.#isGathering = false
      if (this.#context.phase !== 'discovering') return
      this.#host.letInTogether(applicants.filter(({ name }) => !out.has(name)))
    }
    if (open === 0) return end()
    this.#isGathering = true
    for (const applicant of others)
      this.#dialBack.ask(applicant, (verdict) => {
        if (!verdict.reached) {
          out.add(applicant.name)
          this.#notes.cannotDial(applicant.name, applicant.address, verdict.why)
        }
        open -= 1
        if (open === 0) end()
      })
  }

  /** It took a while to dial it, and what stood in its way then may have changed. */
  #reached(from: Peer, applicant: Applicant): void {
    if (this.#context.phase !== 'member' || !this.#mayCome(from, applicant)) return
    this.#notes.reached(applicant.name)
    this.#context.emit({ type: 'learn-address', name: applicant.name, address: applicant.address })
    this.#host.letIn(applicant)
  }

  /** Lives of earlier versions know no such refusal, and try again soon. */
  #notReached(from: Peer, { name, address, speaks = 1 }: Applicant, why: string): void {
    this.#notes.cannotDial(name, address, why)
    const reason: JoinRefusal = speaks >= speaksReach ? { kind: 'undialable', address, why } : { kind: 'busy' }
    send(this.#context, from.name, { type: 'gms.join-refused', reason })
  }

  /** Answers who may not come, or is in already. */
  #mayCome(from: Peer, applicant: Applicant): boolean {
    const isIn = memberNamed(this.#context, applicant.name)?.incarnation === applicant.incarnation
    const reason = this.#refusalOf(applicant, isIn)
    if (reason) send(this.#context, from.name, { type: 'gms.join-refused', reason })
    const { record } = this.#context
    // With the vote lost, the view that has it is about to give way to a branch.
    if (!reason && isIn && record && this.#host.isSettled())
      send(this.#context, from.name, { type: 'gms.join-rsp', record })
    return !reason && !isIn
  }

  #refusalOf(applicant: Applicant, isIn: boolean): JoinRefusal | undefined {
    const { record, rules } = this.#context
    if (!record) return { kind: 'busy' }
    if (rules.barredStayOut && record.view.barred.includes(applicant.name)) return { kind: 'barred' }
    const known = findMember(record.view, applicant.name)
    if (known && known.incarnation > applicant.incarnation)
      return rules.refusalNamesLife ? { kind: 'older-life', known: known.incarnation } : { kind: 'busy' }
    if (known && known.incarnation < applicant.incarnation && rules.laterLifeProvesGone) this.#host.onLaterLife(known)
    return this.#otherCoordinator(record) ?? (!isIn && this.#host.isFull() ? { kind: 'busy' } : undefined)
  }

  /** Whom a newcomer has to ask instead of us. */
  #otherCoordinator({ view }: GroupRecord): JoinRefusal | undefined {
    const acting = this.#host.actingCoordinator()
    if (acting === this.#context.self.name) return undefined
    const coordinator = acting === undefined ? undefined : findMember(view, acting)
    if (!coordinator) return { kind: 'busy' }
    const { name, address, incarnation } = coordinator
    return { kind: 'not-coordinator', coordinator: name, address, incarnation }
  }
}
