/** A version of a lineage: how far somebody's record is. */
export interface Progress {
  readonly lineage: string
  readonly version: number
}
