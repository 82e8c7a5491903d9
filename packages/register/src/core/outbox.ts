import type { NodeName } from '@ring/platform'
import type { ProposalOutcome, RefusalReason, RegisterEffect, TimerName } from './events.ts'
import type { Outgoing } from './ledger.ts'
import type { RegisterMessage } from './message.ts'

/** The effects of the step under way, and what this node has sent itself in it. */
export class Outbox {
  readonly #self: NodeName
  #effects: RegisterEffect[] = []
  readonly #toSelf: RegisterMessage[] = []
  #nowMs = 0

  constructor(self: NodeName) {
    this.#self = self
  }

  /** The time of the step under way. */
  get nowMs(): number {
    return this.#nowMs
  }

  begin(nowMs: number): void {
    this.#nowMs = nowMs
    this.#effects = []
  }

  get effects(): readonly RegisterEffect[] {
    return this.#effects
  }

  /** The next message to this node itself; it is handled in the same step. */
  takeOwn(): RegisterMessage | undefined {
    return this.#toSelf.shift()
  }

  emit(effect: RegisterEffect): void {
    this.#effects.push(effect)
  }

  send(to: NodeName, message: RegisterMessage): void {
    if (to === this.#self) this.#toSelf.push(message)
    else this.#effects.push({ type: 'send', to, message })
  }

  sendAll(outgoing: readonly Outgoing[]): void {
    for (const { to, message } of outgoing) this.send(to, message)
  }

  arm(timer: TimerName, delayMs: number, spreadMs = 0): void {
    this.#effects.push({ type: 'timer', timer, delayMs, spreadMs })
  }

  /** Without an id nobody waits for the end. */
  end(proposalId: number | undefined, outcome: ProposalOutcome): void {
    if (proposalId !== undefined) this.#effects.push({ type: 'proposal-ended', proposalId, outcome })
  }

  refuse(proposalId: number, reason: RefusalReason, text: string): void {
    this.end(proposalId, { kind: 'refused', reason, text })
  }
}
