import { seedsFrom, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { soundRing } from './node-ring.ts'
import { BrokenPromiseError, type RunResult, runNodes } from './random-run.ts'
import { nodeVariants } from './variants.ts'

/** Shorter than what `npm run sim -- --subject node` does; SEEDS=200 looks further. */
const troubleMs = 8_000
const seeds = seedsFrom(process.env, 2)
const timeout = 600_000

async function run(
  seed: number,
  quorum: 'none' | 'majority',
  rules = soundRing,
): Promise<RunResult & { trace: string }> {
  const world = new World({ seed, traceLines: 1 })
  const result = await runNodes(world, seed, { ...rules, quorum }, troubleMs).catch((error: unknown) => {
    throw new Error(`SEED=${seed} repeats this run, QUORUM = ${quorum}`, { cause: error })
  })
  return { ...result, trace: world.traceHash() }
}

describe('whole nodes, their programs and trouble of all kinds', () => {
  it.each(['none', 'majority'] as const)(
    'K1 K2 D1 M3 K4: keep every promise (QUORUM = %s)',
    { timeout },
    async (quorum) => {
      for (const seed of seeds) {
        const { calls, starts, ends } = await run(seed, quorum)
        // Otherwise the run has not met what it is for.
        expect(Math.min(calls, starts), `seed ${seed}`).toBeGreaterThan(500)
        expect(ends['answered'], `seed ${seed}`).toBeGreaterThan(300)
      }
    },
  )

  it.each(['delivers-always', 'stops-apart'] as const)('M3: it would be noticed: %s', { timeout }, async (name) => {
    // The first seed that meets it is another one with every message that is added.
    const isNoticed = async (seed: number) => {
      const world = new World({ seed, traceLines: 0 })
      return await runNodes(world, seed, { ...nodeVariants[name], quorum: 'majority' }, 20_000).then(
        () => false,
        (error: unknown) => error instanceof BrokenPromiseError && /^(?:M3|K4): .* started /.test(error.message),
      )
    }
    let seed = 1
    while (seed < 60 && !(await isNoticed(seed))) seed++
    expect(seed).toBeLessThan(60)
  })

  it('a run is repeated exactly by its seed', { timeout }, async () => {
    const [one, two] = [await run(seeds[0]!, 'none'), await run(seeds[0]!, 'none')]
    expect(two).toEqual(one)
  })
})
