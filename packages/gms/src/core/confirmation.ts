import { type GmsContext, otherMembers, progressOf, send } from './context.ts'

/**
 * Whether this life may act (rule M3). After a pause of more than half of the detection time it may have been expelled, so
 * nothing is delivered until a member says that it knows this life, or a view that contains it is committed.
 */
export class Confirmation {
  readonly #context: GmsContext
  #confirmed = true

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

  /** The process was away; asks the other members, if it was for long enough to matter. */
  afterPause(gapMs: number): void {
    const others = otherMembers(this.#context)
    if (gapMs <= this.#context.timing.detectMs / 2 || others.length === 0) return
    this.#confirmed = false
    this.#context.emit({ type: 'unconfirmed' })
    const progress = progressOf(this.#context.record)
    for (const { name } of others)
      send(this.#context, name, { type: 'gms.ping', seq: 0, ...(progress && { progress }) })
  }

  confirm(): void {
    if (this.#confirmed) return
    this.#confirmed = true
    this.#context.emit({ type: 'confirmed' })
  }
}
