import { RingError } from '@ring/platform'

/** A checker saw what must never be. */
export class InvariantViolation extends RingError {
  readonly invariant: string

  constructor(invariant: string, message: string) {
    super('RING_INVARIANT', `${invariant}: ${message}`)
    this.invariant = invariant
  }
}
