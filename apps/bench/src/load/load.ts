import type { Tally } from '../core/tally.ts'
import type { Exchange } from './exchange.ts'

/** Requests that are being sent, in one way or another. */
export interface Load {
  /** Resolves when the limit is reached, or after {@link Load.stop}, and all that was sent has ended. */
  run(): Promise<void>
  stop(): void
  /** Of an open load: requests that were due and were never sent. */
  readonly unsent?: number
}

/** What every load of a run needs. */
export interface LoadRun {
  readonly exchange: Exchange
  readonly tally: Tally
  /** Takes the lines of `-pr`. */
  readonly show: ((line: string) => void) | undefined
  /** The beginning of the run, on `performance.now()`'s clock. */
  readonly startMs: number
}
