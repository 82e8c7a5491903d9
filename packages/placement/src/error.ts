/** A plan was asked for that cannot be made; the message says why. */
export class PlacementError extends Error {
  readonly code = 'RING_PLACEMENT_INVALID'

  constructor(message: string) {
    super(message)
    this.name = 'PlacementError'
  }
}
