import type { Counts, LoadResult, RunLimit } from '../core/load-result.ts'

/** One working part of a measurement, in this process or in another. */
export interface Part {
  /** What the others need to know of it, such as its port. */
  readonly info?: string
  /** Works until the limit or {@link Part.stop}. One run at a time. */
  run(limit: RunLimit): Promise<LoadResult>
  /** Begin nothing new; the run ends when what is out has ended. */
  stop(): void
  counts(): Counts
  close(): Promise<void>
}
