import { type Incarnation, type NodeName, nextIncarnation } from '@ring/platform'
import { type GmsContext, lifeNamed, otherMembers, send } from '../context.ts'
import type { Member } from '../record/view.ts'

export interface LifecycleHost {
  actingCoordinator(): NodeName | undefined
  /** Everything that belongs to this life and its group. */
  forget(): void
  lookForGroup(): void
  removeSelf(member: Member): void
  /** This node is out for good. */
  end(): void
}

/** The lives of a node: it looks for a group, takes a new life when it was expelled, leaves in order. */
export class Lifecycle {
  readonly #context: GmsContext
  readonly #host: LifecycleHost

  constructor(context: GmsContext, host: LifecycleHost) {
    this.#context = context
    this.#host = host
  }

  enterDiscovery(): void {
    this.#context.phase = 'discovering'
    this.#context.emit({ type: 'status', status: { phase: 'discovering', waitingFor: [] } })
    this.#host.lookForGroup()
  }

  /** This life was expelled, or its group gives way to another: stop acting, take a new life, ask to be let in. */
  rejoin(): void {
    const { self, wallMs, random, phase } = this.#context
    // Who is on its way out has nothing to come back for.
    if (phase === 'leaving') return this.goneForGood()
    this.takeLife(nextIncarnation(self.incarnation, wallMs, random.uint32()))
    this.enterDiscovery()
  }

  /** Expelled by its own decision: the next voter has to know of it before this life ends. */
  stepAside(): void {
    const { alarms, nowMs, timing } = this.#context
    this.#context.phase = 'expelled'
    this.#context.emit({ type: 'expelled' })
    this.#context.emit({ type: 'status', status: { phase: 'discovering', waitingFor: [] } })
    alarms.set('step aside', nowMs + timing.verifyMs, () => this.rejoin())
  }

  takeLife(incarnation: Incarnation): void {
    this.#context.alarms.clearAll()
    this.#host.forget()
    // The register goes on holding what it holds.
    if (this.#context.quorum === 'none') this.#context.record = undefined
    this.#context.self.incarnation = incarnation
    this.#context.emit({ type: 'rejoin', incarnation })
  }

  /** The whole group gives way: its members join another one, each for itself. */
  dissolve(): void {
    for (const { name } of otherMembers(this.#context)) send(this.#context, name, { type: 'gms.dissolve' })
    this.rejoin()
  }

  leave(): void {
    const { self, alarms, nowMs, timing, phase } = this.#context
    const member = lifeNamed(this.#context, self)
    if (phase === 'leaving') return
    if (phase !== 'member' || !member || otherMembers(this.#context).length === 0) return this.goneForGood()
    this.#context.phase = 'leaving'
    this.#context.emit({ type: 'status', status: { phase: 'leaving' } })
    // A leaver is never hung by a dead coordinator, nor by a missing quorum.
    alarms.set('leave', nowMs + timing.leaveTimeoutMs, () => this.goneForGood())
    this.#askToLeave(member)
  }

  /** Again and again, since the one who was asked may be dead, or about to leave itself. */
  #askToLeave(member: Member): void {
    const { self, alarms, nowMs, timing } = this.#context
    const acting = this.#host.actingCoordinator()
    if (acting === self.name) this.#host.removeSelf(member)
    else if (acting !== undefined) send(this.#context, acting, { type: 'gms.leave-req', incarnation: self.incarnation })
    // Who decides alone is out by now, and an alarm that nobody runs any more would stay due for ever.
    if (this.#context.phase !== 'leaving') return
    alarms.set('ask to leave', nowMs + timing.ackTimeoutMs, () => this.#askToLeave(member))
  }

  goneForGood(): void {
    this.#host.end()
    this.#host.forget()
    this.#context.alarms.clearAll()
    this.#context.phase = 'left'
    this.#context.emit({ type: 'status', status: { phase: 'left' } })
    this.#context.emit({ type: 'left' })
  }
}
