/** Rules of data on the move that a simulation can take out, to show that it would notice. A node in use has all of them. */
export interface DataRules {
  /** D2: a life that returns is filled before it serves. */
  readonly returningIsFilled: boolean
  /** D3: a program closes once all that it was given has ended. */
  readonly closesAfterDrain: boolean
  /** D3: the last round is read after its giver has closed. */
  readonly readsAfterClosed: boolean
  /** Programs are handed what a merge has brought once they know that it has ended. */
  readonly tellsFirst: boolean
}

export const allDataRules: DataRules = {
  returningIsFilled: true,
  closesAfterDrain: true,
  readsAfterClosed: true,
  tellsFirst: true,
}
