import type { Counts, LoadResult, RunLimit } from '../core/load-result.ts'
import type { PartSpec } from '../part/part-kinds.ts'

/** The first argument of a process that works for another one of the bench. */
export const workerWord = 'worker'

/** What a worker is told. Answers carry the same id. */
export type Order =
  | { readonly id: number; readonly do: 'open'; readonly spec: PartSpec }
  | { readonly id: number; readonly do: 'run'; readonly limit: RunLimit }
  | { readonly id: number; readonly do: 'stop' }
  | { readonly id: number; readonly do: 'cpu' }
  | { readonly id: number; readonly do: 'close' }

export type Answer =
  | { readonly id: number; readonly ok: true; readonly value?: LoadResult | string | number | undefined }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly text: string }
  | { readonly id: 'counts'; readonly counts: Counts }
  | { readonly id: 'lines'; readonly lines: string }
