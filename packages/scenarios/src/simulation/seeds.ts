import { recordingText, runSeeds, SeedFailure, World } from '@ring/testkit'
import type { Named } from './options.ts'
import { type RandomRunResult, randomRun } from './random-run.ts'
import type { Subject } from './subject.ts'

/** What became of one seed. */
export type Verdict =
  | { readonly kind: 'kept'; readonly result: RandomRunResult }
  | { readonly kind: 'broken'; readonly reason: string }

const tracedLines = 200_000

/** Runs one seed and keeps its history. */
export function traced(seed: number, subject: Subject): { readonly world: World; readonly verdict: Verdict } {
  const world = new World({ seed, traceLines: tracedLines })
  return { world, verdict: verdictOf(world, subject) }
}

/** A sweep that came to its end, or to the first broken seed. */
export type Sweep =
  | { readonly kind: 'kept'; readonly views: number; readonly leaves: number; readonly slowestMs: number }
  | { readonly kind: 'broken'; readonly seed: number; readonly reason: string }

/** Runs seeds 1 to `seeds`; stops at the first broken one. */
export function sweep(seeds: number, subject: Subject, progress: (seed: number) => void): Sweep {
  let [views, leaves, slowestMs] = [0, 0, 0]
  for (let seed = 1; seed <= seeds; seed++) {
    progress(seed)
    const verdict = verdictOf(new World({ seed, traceLines: 0 }), subject)
    if (verdict.kind === 'broken') return { ...verdict, seed }
    views += verdict.result.views
    leaves += verdict.result.leaves
    slowestMs = Math.max(slowestMs, verdict.result.settledMs)
  }
  return { kind: 'kept', views, leaves, slowestMs }
}

/** The least trouble with which a broken seed still breaks in the same way, as a script of `@ring/testkit`. */
export function leastTrouble(seed: number, subject: Subject): string | undefined {
  try {
    runSeeds({
      name: 'membership',
      seeds: [seed],
      twice: false,
      shrink: true,
      world: { traceLines: 0 },
      scenario: (world) => void randomRun(world, subject),
    })
    return undefined
  } catch (failure) {
    if (!(failure instanceof SeedFailure)) throw failure
    return failure.recordings.map(recordingText).join('\n')
  }
}

/** The call that shows this seed again. */
export function replayCall(seed: number, { subject, variant }: Pick<Named, 'subject' | 'variant'>): string {
  const quorum = subject.quorum === 'none' ? '' : ` --quorum ${subject.quorum}`
  return `npm run sim -- --seed ${seed}${quorum}${variant === undefined ? '' : ` --variant ${variant}`}`
}

function verdictOf(world: World, subject: Subject): Verdict {
  try {
    return { kind: 'kept', result: randomRun(world, subject) }
  } catch (error) {
    return { kind: 'broken', reason: error instanceof Error ? error.message : String(error) }
  }
}
