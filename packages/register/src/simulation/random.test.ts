import { runSeeds, seedsFrom } from '@ring/testkit'
import { expect, it } from 'vitest'
import { type RandomRunResult, randomRun } from './random-run.ts'

const seeds = seedsFrom(process.env, 200)

it(`R1 to R10: ${seeds.length} random runs keep every promise`, () => {
  const results: RandomRunResult[] = []
  runSeeds({
    name: 'register',
    seeds,
    replay: (seed) => `npm run sim -- --seed ${seed}`,
    scenario: (world) => {
      results.push(randomRun(world))
    },
  })
  const sum = (of: (result: RandomRunResult) => number): number => results.reduce((total, one) => total + of(one), 0)
  // A simulation in which nothing happens proves nothing.
  if (seeds.length >= 100) {
    expect(sum((one) => one.committed) / results.length).toBeGreaterThan(10)
    expect(sum((one) => (one.live ? 1 : 0)) / results.length).toBeGreaterThan(0.6)
    expect(sum((one) => one.recoveries)).toBeGreaterThan(results.length / 5)
  }
})
