import { World, type WorldOptions } from './world.ts'

export interface SeedRun {
  readonly name: string
  readonly seeds: readonly number[]
  /** Builds nodes in the world, lets time pass, and throws when something is wrong. */
  readonly scenario: (world: World) => void
  /** How the world of each seed is made, besides its seed. */
  readonly world?: Omit<WorldOptions, 'seed'>
  /** How to run one seed again, for the message of a failure. Default: the environment variable `SEED`. */
  readonly replay?: (seed: number) => string
  /** Runs each seed a second time and compares the traces (default true). */
  readonly twice?: boolean
}

/** A seed whose scenario failed; the cause is what it threw. */
export class SeedFailure extends Error {
  readonly seed: number
  readonly trace: readonly string[]

  constructor(seed: number, message: string, trace: readonly string[], cause?: unknown) {
    super(message, { cause })
    this.name = 'SeedFailure'
    this.seed = seed
    this.trace = trace
  }
}

const shownLines = 40

/**
 * Runs a scenario once for each seed, and once more to prove that a seed gives one trace.
 *
 * @throws {@link SeedFailure} for the first seed that fails, with the end of its trace and how to replay it
 * @returns the trace hash of each seed, in order
 */
export function runSeeds(run: SeedRun): readonly string[] {
  return run.seeds.map((seed) => {
    const hash = runSeed(run, seed)
    if (run.twice !== false) {
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
  try {
    run.scenario(world)
  } catch (cause) {
    const replay = run.replay?.(seed) ?? `run it again with SEED=${seed}`
    const trace = world.trace.lines()
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `${run.name}: seed ${seed} failed at ${world.nowMs.toFixed(3)} ms: ${reason}\n${replay}\n${trace.slice(-shownLines).join('\n')}`
    throw new SeedFailure(seed, message, trace, cause)
  }
  return world.traceHash()
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
