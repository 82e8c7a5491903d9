import type { TallyRecord } from './tally.ts'

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
  | { readonly kind: 'asked'; readonly elapsedMs: number; readonly tally: TallyRecord }
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
