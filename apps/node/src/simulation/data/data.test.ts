import { seedsFrom, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { allRules } from '../../running/node-rules.ts'
import { BrokenPromiseError } from '../random-run.ts'
import { type DataRunOptions, runData } from './data-run.ts'
import { dataVariants } from './variants.ts'

const seeds = seedsFrom(process.env, 1)
const timeout = 600_000

async function run(seed: number, options: Omit<DataRunOptions, 'rules'>) {
  const world = new World({ seed, traceLines: 1 })
  return await runData(world, { rules: allRules, ...options }).catch((error: unknown) => {
    throw new Error(`SEED=${seed} repeats this run`, { cause: error })
  })
}

describe('data that follows its keys, in whole nodes', () => {
  it.each([true, false])(
    'A8 A9 A10 D1-D6: operators alone: nothing is lost, nothing fails (AUTOMERGE %s)',
    { timeout },
    async (automatic) => {
      for (const seed of seeds) {
        const { written } = await run(seed, { quorum: 'majority', automatic, isCalm: true })
        expect(written).toBeGreaterThan(1_000)
      }
    },
  )

  it.each([true, false])(
    'A8 A10 D1-D6: one dies at any moment: nothing that counts is lost, nothing is stuck (AUTOMERGE %s)',
    { timeout },
    async (automatic) => {
      for (const seed of seeds) {
        const { written } = await run(seed, { quorum: 'majority', automatic })
        expect(written).toBeGreaterThan(1_000)
      }
    },
  )
})

describe('data that follows its keys, with a rule taken out', () => {
  it.each(Object.entries(dataVariants))('it would be noticed: %s', { timeout }, async (_, changed) => {
    const caught = async (seed: number, isCalm: boolean) => {
      const options = { rules: allRules, quorum: 'majority', automatic: true, isCalm, ...changed } as const
      return await runData(new World({ seed, traceLines: 0 }), options).then(
        () => false,
        (error: unknown) => error instanceof BrokenPromiseError,
      )
    }
    let isCaught = false
    for (let seed = 1; seed <= 4 && !isCaught; seed++)
      isCaught = (await caught(seed, true)) || (await caught(seed, false))
    expect(isCaught).toBe(true)
  })
})
