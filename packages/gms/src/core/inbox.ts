import type { Peer } from '@ring/platform'
import { type GmsContext, lifeNamed, memberNamed, send, sendView } from './context.ts'
import { membersPart } from './deciding/member-operations.ts'
import type { OperationRequest } from './deciding/operation.ts'
import type { GmsMessage } from './messages.ts'
import type { GmsParts } from './parts.ts'

/** Who may say what, and whose business it is. */
export class Inbox {
  readonly #context: GmsContext
  readonly #parts: GmsParts

  constructor(context: GmsContext, parts: GmsParts) {
    this.#context = context
    this.#parts = parts
  }

  /** Takes what is left when the messages about life and death are taken ({@link Liveness.onMessage}). */
  onMessage(from: Peer, message: GmsMessage): void {
    const { phase } = this.#context
    switch (message.type) {
      case 'gms.join-req':
        if (phase === 'member') this.#parts.admission.onJoin(from, message.applicant)
        else send(this.#context, from.name, { type: 'gms.join-refused', reason: { kind: 'busy' } })
        return
      case 'gms.join-rsp':
        return this.#parts.installer.joined(from, message.record)
      case 'gms.join-refused':
        if (phase === 'discovering') this.#parts.joiner.onRefused(from, message.reason)
        return
      case 'gms.undialable':
        return this.#parts.notes.toldBy(from.name, message.address, message.why)
      case 'gms.decline':
        return this.#declined(from, message)
      case 'gms.leave-rsp':
        if (phase === 'leaving') this.#parts.lifecycle.goneForGood()
        return
      case 'gms.view':
        return this.#parts.installer.onView(from, message.record)
      case 'gms.delta':
        return this.#parts.installer.onDelta(from, message.delta)
      case 'gms.view-req':
        return sendView(this.#context, from.name)
      case 'gms.view-ack':
        return this.#parts.soleVoter.onAcknowledged(message.progress)
      case 'gms.follow':
        return this.#parts.followers.onFollow(from, message.progress, message.speaks)
      case 'gms.operation-req':
        if (from.role === 'slave' || lifeNamed(this.#context, from)) this.#onOperation(from, message.request)
        return
      case 'gms.operation-rsp':
        return this.#parts.proposals.onResult(from.name, message.id, message.result)
      default:
        if (lifeNamed(this.#context, from)) this.#memberMessage(from, message)
        else if (message.type === 'gms.leave-req') send(this.#context, from.name, { type: 'gms.leave-rsp' })
        return
    }
  }

  /** What only a life of this view may say. */
  #memberMessage(from: Peer, message: GmsMessage): void {
    const member = memberNamed(this.#context, from.name)
    switch (message.type) {
      case 'gms.lease-req':
        return this.#onLeaseRequest(from, message)
      case 'gms.lease-rsp':
        return this.#parts.lease.onAnswer(from, message.seq, message.granted ? message.forMs : undefined)
      case 'gms.leave-req':
        if (member && message.incarnation === from.incarnation) this.#parts.coordinator.onLeave(member)
        else send(this.#context, from.name, { type: 'gms.leave-rsp' })
        return
      case 'gms.dissolve':
        if (this.#context.phase === 'member' && this.#context.record?.voters[0]?.name === from.name)
          this.#parts.lifecycle.rejoin()
        return
      case 'gms.undialable-report':
        if (this.#context.phase === 'member') this.#parts.reach.onReport(message.name, message.incarnation)
        return
      case 'gms.dial-req':
        return this.#parts.reach.onQuestion(from.name, message.name, message.incarnation)
      case 'gms.dial-rsp':
        return this.#parts.reach.onDialled(from.name, message.name, message.incarnation, message.reached)
      case 'gms.branch-req':
        return this.#parts.branch.onRequest(from, message.progress, message.lost)
      case 'gms.branch-rsp':
        return this.#parts.branch.onResponse(from, message.progress, message.lostToo)
      default:
        if (this.#parts.liveness.actingCoordinator() === this.#context.self.name) this.#wish(from, message)
        return
    }
  }

  /** What members want of the coordinator. Elsewhere it is dropped: it would wait until this node coordinates, for days. */
  #wish(from: Peer, message: GmsMessage): void {
    const { coordinator } = this.#parts
    if (message.type === 'gms.describe' && message.applicant.name === from.name) coordinator.describe(message.applicant)
    else if (message.type === 'gms.expel') coordinator.expel(message.name, message.incarnation, message.bar)
    else if (message.type === 'gms.admit') coordinator.admit(message.name)
  }

  /** Who is on the way in or out says nothing: the asker asks again, or somebody else. */
  #onOperation(from: Peer, request: OperationRequest): void {
    if (this.#context.phase !== 'member') return
    if (from.role === 'slave' && request.part === membersPart) {
      const result = { kind: 'refused', why: 'not-allowed' } as const
      return send(this.#context, from.name, { type: 'gms.operation-rsp', id: request.id, result })
    }
    const coordinates = this.#parts.liveness.actingCoordinator() === this.#context.self.name
    if (coordinates) this.#parts.coordinator.operate(from.name, request)
    else this.#parts.proposals.passOn(from, request)
  }

  #onLeaseRequest(from: Peer, { seq, progress }: Extract<GmsMessage, { type: 'gms.lease-req' }>): void {
    const granted = this.#context.phase === 'member' && this.#parts.grants.grant(from, progress)
    const term = granted ? { forMs: this.#context.timing.leaseMs } : {}
    send(this.#context, from.name, { type: 'gms.lease-rsp', seq, granted, ...term })
  }

  /** Who was taken in by a merge and did not come says so, before it is waited for. */
  #declined(from: Peer, { incarnation }: Extract<GmsMessage, { type: 'gms.decline' }>): void {
    const member = lifeNamed(this.#context, { name: from.name, incarnation })
    if (member && incarnation > from.incarnation && this.#context.phase === 'member')
      this.#parts.coordinator.remove(member, 'failed')
  }
}
