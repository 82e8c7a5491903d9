import type { SimulatedGroup } from '@ring/gms/simulation'
import { describe, expect, it } from 'vitest'
import { type MergeRules, soundRules } from '../core/rules.ts'
import { apart, pass, sentIn } from './merging-group.ts'
import { variants } from './variants.ts'

type Apart = ReturnType<typeof apart>

/** How long until the condition holds, in milliseconds of the world. */
function until({ world }: SimulatedGroup, condition: () => boolean, forMs: number): number {
  const startMs = world.nowMs
  return world.run(condition, { forMs }) ? world.nowMs - startMs : Number.POSITIVE_INFINITY
}

describe('M6: leaders do not block each other', () => {
  /** Two sides that find each other over a slow network; how long until they are one. */
  const scenario = (rules: MergeRules, seed: number): number => {
    const { group } = apart(rules, [2, 2], seed)
    const { network } = group.world
    network.options = { ...network.options, delay: { minMs: 90, meanMs: 90 } }
    network.connectivity.heal()
    return until(group, () => group.agrees, 60_000)
  }

  it('one leads by rule, and retries are random', () => {
    const seeds = Array.from({ length: 12 }, (_, at) => at + 1)
    for (const seed of seeds) expect(scenario(soundRules, seed), `seed ${seed}`).toBeLessThan(6_000)
    const slowest = Math.max(...seeds.map((seed) => scenario(variants['leaders-block'], seed)))
    console.log(`leaders-block: one group after ${slowest} ms in the slowest of ${seeds.length} seeds`)
    expect(slowest).toBeGreaterThan(12_000)
  })
})

/** Sides of three and two; something happens to them at many moments after the first MERGE_REQ. */
function atMoments(rules: MergeRules, run: (given: Apart) => number): readonly number[] {
  return Array.from({ length: 40 }, (_, at) => {
    const given = apart(rules, [3, 2])
    given.group.world.network.connectivity.heal()
    expect(given.group.world.run(() => sentIn(given.group).includes('merge.req'), { forMs: 5_000 })).toBe(true)
    pass(given.group, at * 0.5)
    return run(given)
  })
}

describe('M6: a dead leader holds nobody up', () => {
  /** The leader sleeps for good in the middle of the merge; how long until the others are one group. */
  const asleep = ({ group, sides, node }: Apart): number => {
    const leader = node(sides[0]![0]!)
    leader.pause()
    const rest = group.servers.filter((one) => one !== leader)
    return until(group, () => rest.every(({ process }) => process!.names.split(' ').length === rest.length), 40_000)
  }

  it('what stalls is given up, and tried again with the next leader', () => {
    expect(Math.max(...atMoments(soundRules, asleep))).toBeLessThan(12_000)
    const slowest = Math.max(...atMoments(variants['stalls-for-ever'], asleep))
    console.log(`stalls-for-ever: one group after ${slowest} ms in the slowest of 40 moments`)
    expect(slowest).toBeGreaterThan(20_000)
  })
})

describe('M6: a doubt cancels the merge', () => {
  /** The coordinator of the side that is led crashes in the middle; how long until the others are one group. */
  const crashed = ({ group, sides, node }: Apart): number => {
    const led = node(sides[1]![0]!)
    led.crash()
    const rest = group.servers.filter((one) => one !== led)
    return until(group, () => rest.every(({ process }) => process!.names.split(' ').length === rest.length), 40_000)
  }

  it('the rest of its side does not wait for a dead coordinator', () => {
    expect(Math.max(...atMoments(soundRules, crashed))).toBeLessThan(3_500)
    const slowest = Math.max(...atMoments(variants['doubt-ignored'], crashed))
    console.log(`doubt-ignored: one group after ${slowest} ms in the slowest of 40 moments`)
    expect(slowest).toBeGreaterThan(3_500)
  })
})
