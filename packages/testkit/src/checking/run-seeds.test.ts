import { nodeName, unit } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { type DrawnFaults, FaultPlan, type NodeEnvironment, runSeeds, SeedFailure, seedsFrom } from '../index.ts'

const names = ['a', 'b', 'c'].map(nodeName)

describe('runSeeds', () => {
  it('F2: names the failing seed, how to replay it, and the end of its trace', () => {
    const run = (): unknown =>
      runSeeds({
        name: 'dice',
        seeds: [1, 2, 3],
        replay: (seed) => `replay ${seed}`,
        scenario: (world) => {
          world.note('about to fail')
          if (world.seed === 2) throw new Error('two!')
        },
      })
    expect(run).toThrow(SeedFailure)
    expect(run).toThrow(/seed 2 failed at 0.000 ms: two!\nreplay 2\n0.000 about to fail/)
  })

  it('F2: notices a scenario that is not deterministic', () => {
    let runs = 0
    expect(() =>
      runSeeds({
        name: 'leaky',
        seeds: [1],
        scenario: (world) => {
          world.note(String(runs++))
        },
      }),
    ).toThrow('not deterministic')
  })

  it.each([
    [undefined, [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11, 12]],
    ['one in ten', [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11, 12]],
    [true, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].flatMap((seed) => [seed, seed])],
    [false, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
  ] as const)('F2: runs as many seeds twice as was asked for: %s', (twice, expected) => {
    const ran: number[] = []
    runSeeds({
      name: 'counted',
      seeds: seedsFrom({}, 12),
      ...(twice !== undefined && { twice }),
      scenario: ({ seed }) => {
        ran.push(Number(seed))
      },
    })
    expect(ran).toEqual(expected)
  })

  it('F2: refuses a scenario that returns a promise, and a run without seeds', () => {
    // As from JavaScript, where no type says that it is async.
    const failing: () => unknown = async () => {
      await Promise.resolve()
      throw new Error('nobody hears of this')
    }
    expect(() => runSeeds({ name: 'late', seeds: [1], scenario: failing })).toThrow(/late: .*synchronous: .*world\.run/)
    let ran = 0
    const run = () => runSeeds({ name: 'none', seeds: [], scenario: () => ran++ })
    expect(run).toThrow('none: no seeds')
    expect(ran).toBe(0)
  })

  it('reads SEED and SEEDS', () => {
    expect(seedsFrom({}, 3)).toEqual([1, 2, 3])
    expect(seedsFrom({ SEEDS: '2' }, 3)).toEqual([1, 2])
    expect(seedsFrom({ SEEDS: '2', SEED: '77' }, 3)).toEqual([77])
    expect(() => seedsFrom({ SEEDS: 'many' }, 3)).toThrow('whole number')
  })
})

describe('FaultPlan', () => {
  it('draws different trouble for each seed, and leaves a healed world', () => {
    const drawn: DrawnFaults[] = []
    const kinds = new Set<string>()
    runSeeds({
      name: 'faults',
      seeds: Array.from({ length: 40 }, (_, at) => at + 1),
      scenario: (world) => {
        const start = (environment: NodeEnvironment) => {
          const tick = (): void => {
            environment.disk.replace('x', new Uint8Array(4), () => undefined)
            environment.clock.after(20 * unit(environment.random), tick)
          }
          tick()
          return {}
        }
        for (const name of names) world.addNode(name, start)
        const plan = new FaultPlan(world, {
          nodes: names,
          durationMs: 5_000,
          kinds: ['crash', 'pause', 'cut', 'partition', 'wall-jump', 'forget', 'slow-network', 'full-disk'],
          forgetMax: 1,
        }).schedule()
        drawn.push(plan.drawn)
        for (const kind of plan.drawn.kinds) kinds.add(kind)
        world.run(plan.quietAtMs)
        expect(world.nodes.every((node) => node.isUp && !node.isPaused)).toBe(true)
        expect(world.nodes.every((node) => node.disk.options.writeFailure === 0)).toBe(true)
        for (const from of names)
          for (const to of names) expect(world.network.connectivity.reaches(from, to)).toBe(true)
        expect(world.network.options.loss).toBe(0)
      },
    })
    expect(kinds.size).toBe(8)
    expect(new Set(drawn.map((one) => one.kinds.join())).size).toBeGreaterThan(10)
  })
})
