import type { NodeName } from '@ring/platform'
import { isQuorumOf } from '@ring/register'
import { acquaintances, type GmsContext, progressOf, send } from '../context.ts'

/**
 * Whether this life may act (rule M3). After a pause of more than half of the detection time it may have been expelled, so
 * nothing is delivered until a member says, to a question asked after the pause, that it knows this life. Answers and
 * views that waited in the socket may be from before the expulsion, and say nothing. Nor does the word of one that slept
 * just as long on the same machine: unless all others say it, or a quorum of voters, in which case nobody can have decided
 * anything.
 */
export class Confirmation {
  readonly #context: GmsContext
  /** The first question that was asked after the last pause; `undefined` once it is answered. */
  #doubt: number | undefined
  /** Who has answered it, sure or not. */
  readonly #knownBy = new Set<NodeName>()

  constructor(context: GmsContext) {
    this.#context = context
  }

  get isConfirmed(): boolean {
    return this.#doubt === undefined
  }

  /** A new life, or a group of its own, needs nobody's word. */
  reset(): void {
    this.#doubt = undefined
  }

  /**
   * The process was away; asks the other members, if it was for long enough to matter.
   *
   * @param seq numbers the question
   * @param word what this node says of itself with each
   */
  afterPause(awayMs: number, seq: number, word: { readonly cannotVote?: true }): void {
    const { rules, timing, self, record } = this.#context
    const others = acquaintances(this.#context, self.name)
    if (!rules.pauseHoldsDelivery) return
    if (awayMs < timing.detectMs / 2 || others.length === 0) return
    this.#doubt = seq
    this.#knownBy.clear()
    this.#context.emit({ type: 'unconfirmed', doubt: seq })
    const progress = progressOf(record)
    for (const { name } of others)
      send(this.#context, name, { type: 'gms.ping', seq, ...(progress && { progress }), ...word })
  }

  /** A member that knows this life answered the probe `seq`; `isSure`: it has no doubt of its own life. */
  onKnown(from: NodeName, seq: number, isSure: boolean): void {
    const { rules } = this.#context
    if (this.#doubt === undefined || (seq < this.#doubt && rules.confirmedByFreshAnswer)) return
    this.#knownBy.add(from)
    if (isSure || !rules.onlyTheSureConfirm || this.#knowEnough()) this.#confirm()
  }

  /** Whom nobody is left to ask may go on: this node decided so itself, and after the pause. */
  onView(): void {
    if (this.#doubt === undefined) return
    if (this.#knowEnough() || !this.#context.rules.confirmedByFreshAnswer) this.#confirm()
  }

  /** So many that nobody without them can have decided anything. */
  #knowEnough(): boolean {
    const { self, quorum, record } = this.#context
    const knows = (name: NodeName) => name === self.name || this.#knownBy.has(name)
    if (acquaintances(this.#context, self.name).every(({ name }) => knows(name))) return true
    return quorum === 'majority' && record !== undefined && isQuorumOf(record.voters, ({ name }) => knows(name))
  }

  #confirm(): void {
    const doubt = this.#doubt
    if (doubt === undefined) return
    this.#doubt = undefined
    this.#context.emit({ type: 'confirmed', incarnation: this.#context.self.incarnation, doubt })
  }
}
