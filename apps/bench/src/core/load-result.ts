import type { TallyRecord } from './tally.ts'

/** Something that happened during a run, by its time since the beginning of it. */
export interface Mark {
  readonly atMs: number
  readonly text: string
}

/** How long one run of a part may go on. */
export interface RunLimit {
  /** Requests of each sender; 0 is no limit. */
  readonly loops: number
  readonly durationMs: number | undefined
  /** Senders of this run, where it is not what the part was opened with. */
  readonly inFlight?: number
}

/** What a part did in one run, over the time it took. */
export type LoadResult =
  | {
      readonly kind: 'asked'
      readonly elapsedMs: number
      readonly tally: TallyRecord
      /** What the program saw of the ring meanwhile. */
      readonly marks?: readonly Mark[]
      /** Of an open load: requests that were due in time, and never sent. */
      readonly unsent?: number
    }
  | {
      readonly kind: 'served'
      readonly elapsedMs: number
      readonly requests: number
      readonly bytes: number
      readonly oneWay: number
    }

/** Counts while a run goes on. */
export interface Counts {
  readonly sent: number
  readonly done: number
  readonly failures: number
}
