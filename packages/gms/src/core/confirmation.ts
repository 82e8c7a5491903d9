import { acquaintances, type GmsContext, otherMembers, progressOf, send } from './context.ts'

/**
 * Whether this life may act (rule M3). After a pause of more than half of the detection time it may have been expelled, so
 * nothing is delivered until a member says, to a question asked after the pause, that it knows this life. Answers and
 * views that waited in the socket may be from before the expulsion, and say nothing.
 */
export class Confirmation {
  readonly #context: GmsContext
  #confirmed = true
  /** The first probe that was sent after the pause. */
  #sinceSeq = 0

  constructor(context: GmsContext) {
    this.#context = context
  }

  get isConfirmed(): boolean {
    return this.#confirmed
  }

  /** A new life, or a group of its own, needs nobody's word. */
  reset(): void {
    this.#confirmed = true
  }

  /** The process was away; asks the other members, if it was for long enough to matter. `seq` numbers the question,
   * `word` is what this node says of itself with each.
   */
  afterPause(gapMs: number, seq: number, word: { readonly cannotVote?: true }): void {
    const others = acquaintances(this.#context, this.#context.self.name)
    if (!this.#context.rules.pauseHoldsDelivery) return
    if (gapMs <= this.#context.timing.detectMs / 2 || others.length === 0) return
    this.#confirmed = false
    this.#sinceSeq = seq
    this.#context.emit({ type: 'unconfirmed' })
    const progress = progressOf(this.#context.record)
    for (const { name } of others)
      send(this.#context, name, { type: 'gms.ping', seq, ...(progress && { progress }), ...word })
  }

  /** A member that knows this life answered the probe `seq`. */
  onKnown(seq: number): void {
    if (seq >= this.#sinceSeq || !this.#context.rules.confirmedByFreshAnswer) this.#confirm()
  }

  /** Whom nobody is left to ask may go on: this node decided so itself, and after the pause. */
  onView(): void {
    const others = otherMembers(this.#context)
    if (others.length === 0 || !this.#context.rules.confirmedByFreshAnswer) this.#confirm()
  }

  #confirm(): void {
    if (this.#confirmed) return
    this.#confirmed = true
    this.#context.emit({ type: 'confirmed' })
  }
}
