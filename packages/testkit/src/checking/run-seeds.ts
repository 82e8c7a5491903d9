import type { Recording } from '../fault/fault.ts'
import { recordingText } from '../fault/fault-text.ts'
import { shrink } from '../fault/shrink.ts'
import { World, type WorldOptions } from '../world.ts'

export interface SeedRun {
  readonly name: string
  /** At least one: a test that runs none has shown nothing. */
  readonly seeds: readonly number[]
  /** Builds nodes in the world, lets time pass, and throws when something is wrong. Not async: time passes in the world. */
  readonly scenario: (world: World) => void
  /** How the world of each seed is made, besides its seed. */
  readonly world?: Omit<WorldOptions, 'seed'>
  /** How to run one seed again, for the message of a failure. Default: the environment variable `SEED`. */
  readonly replay?: (seed: number) => string
  /**
   * Which seeds are run a second time, and their traces compared: each, none, or one in ten, beginning with the first (the
   * default). Chance or a clock that leaks into a scenario leaks in every seed, so that a few of them show it.
   */
  readonly twice?: boolean | 'one in ten'
  /**
   * Looks for the smallest part of a failing seed's fault plans that still fails, at the same place of the code, and adds it
   * to the message as a script. `tries` bounds the runs for each plan (default 400).
   */
  readonly shrink?: boolean | { readonly tries: number }
}

/** A seed whose scenario failed; the cause is what it threw. */
export class SeedFailure extends Error {
  readonly seed: number
  readonly trace: readonly string[]
  /** The fault plans that failed; the smallest ones that still fail, where `shrink` was asked for. */
  readonly recordings: readonly Recording[]

  constructor(
    seed: number,
    message: string,
    trace: readonly string[],
    cause?: unknown,
    recordings: readonly Recording[] = [],
  ) {
    super(message, { cause })
    this.name = 'SeedFailure'
    this.seed = seed
    this.trace = trace
    this.recordings = recordings
  }
}

const shownLines = 40

/**
 * Runs a scenario once for each seed, and for some of them once more, to prove that a seed gives one trace.
 *
 * @throws {@link SeedFailure} for the first seed that fails, with the end of its trace and how to replay it
 * @throws RangeError without a seed, TypeError for a scenario that returns a promise
 * @returns the trace hash of each seed, in order
 */
export function runSeeds(run: SeedRun): readonly string[] {
  if (run.seeds.length === 0) throw new RangeError(`${run.name}: no seeds, so nothing was run: give one at least`)
  const { twice = 'one in ten' } = run
  return run.seeds.map((seed, at) => {
    const hash = runSeed(run, seed)
    if (twice === true || (twice === 'one in ten' && at % 10 === 0)) {
      const again = runSeed(run, seed)
      if (again !== hash)
        throw new SeedFailure(
          seed,
          `${run.name}: seed ${seed} gave two traces (${hash}, ${again}): not deterministic`,
          [],
        )
    }
    return hash
  })
}

function runSeed(run: SeedRun, seed: number): string {
  const world = new World({ ...run.world, seed })
  const failure = failureOf(run, world)
  if (failure !== undefined) throw seedFailure(run, seed, world, failure.cause)
  return world.traceHash()
}

/** What the scenario throws in a world; wrapped, since anything may be thrown. */
function failureOf({ name, scenario }: SeedRun, world: World): { readonly cause: unknown } | undefined {
  // The type takes async functions, too.
  const run: (world: World) => unknown = scenario
  let returned: unknown
  try {
    returned = run(world)
  } catch (cause) {
    return { cause }
  }
  if (isPromise(returned)) throw asyncScenario(name, returned)
  return undefined
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** What an async scenario finds would come after the verdict, and what it awaits is not in the world. */
function asyncScenario(name: string, promise: PromiseLike<unknown>): TypeError {
  promise.then(undefined, () => undefined)
  return new TypeError(
    `${name}: the scenario returned a promise, and nobody would hear of its failure. Scenarios are synchronous: let time pass with world.run()`,
  )
}

function seedFailure(run: SeedRun, seed: number, world: World, cause: unknown): SeedFailure {
  const replay = run.replay?.(seed) ?? `run it again with SEED=${seed}`
  const trace = world.trace.lines()
  const reason = cause instanceof Error ? cause.message : String(cause)
  const lines = [`${run.name}: seed ${seed} failed at ${world.nowMs.toFixed(3)} ms: ${reason}`, replay]
  let { recordings } = world
  if (run.shrink !== undefined && run.shrink !== false && recordings.length > 0) {
    recordings = shrinkAll(run, seed, recordings, cause)
    lines.push('the least trouble that still fails:', ...recordings.map(recordingText))
  }
  return new SeedFailure(seed, [...lines, ...trace.slice(-shownLines)].join('\n'), trace, cause, recordings)
}

/** Shrinks one plan after the other, with the others as they are by then. */
function shrinkAll(run: SeedRun, seed: number, recordings: readonly Recording[], cause: unknown): readonly Recording[] {
  const wanted = placeOf(cause)
  const best = [...recordings]
  const options = typeof run.shrink === 'object' ? { triesMax: run.shrink.tries } : {}
  for (let at = 0; at < best.length; at++) {
    const fails = (candidate: Recording): boolean => {
      const replayed = best.map((recording, index) => (index === at ? candidate : recording))
      const failure = failureOf(run, new World({ ...run.world, traceLines: 0, seed, replay: replayed }))
      return failure !== undefined && placeOf(failure.cause) === wanted
    }
    best[at] = shrink(best[at]!, fails, options).recording
  }
  return best
}

/** What was thrown and where: a smaller plan that fails in another way is another finding. */
function placeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause
  const frame = cause.stack?.split('\n').find((line) => /^\s+at /.test(line))
  return `${cause.name} ${frame?.trim() ?? ''}`
}

/**
 * The seeds to run, from environment variables: `SEED=n` is that one alone, `SEEDS=n` is 1 to n, otherwise 1 to `usual`.
 *
 * @throws RangeError when a variable is not a whole number above 0
 */
export function seedsFrom(environment: Readonly<Record<string, string | undefined>>, usual: number): readonly number[] {
  const one = wholeNumber('SEED', environment['SEED'])
  if (one !== undefined) return [one]
  const count = wholeNumber('SEEDS', environment['SEEDS']) ?? usual
  return Array.from({ length: count }, (_, at) => at + 1)
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name}=${text} is not a whole number above 0: give one, or leave it out`)
  return value
}
