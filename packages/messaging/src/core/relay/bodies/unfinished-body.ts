/** A large body of which a program here has the first frame and not the last: no handler has begun with it. */
export interface UnfinishedBody {
  readonly partition: number
  /** The version at which the partition had last changed when the first frame was accepted. */
  readonly stamp: number
}
