import { checkViews } from '@ring/gms/simulation'
import { FaultPlan, runSeeds, seedsFrom } from '@ring/testkit'
import { describe, it } from 'vitest'
import { mergingGroup, views } from './merging-group.ts'

describe('any trouble, any seed (QUORUM = none, merging)', () => {
  it('keeps the order of versions in a lineage, and ends in one view once it is quiet', () => {
    runSeeds({
      name: 'merging',
      seeds: seedsFrom(process.env, 250),
      scenario: (world) => {
        const five = mergingGroup({ servers: 5, slaves: 2, world })
        const committed = new Map<string, string>()
        five.onEachView(() => checkViews(five, committed))
        const nodes = world.nodes.map(({ name }) => name)
        world.run(new FaultPlan(world, { nodes, durationMs: 30_000 }).schedule().quietAtMs)
        if (five.settle(20_000) === undefined) throw new Error(`no common view: ${views(five)}`)
      },
    })
  })
})
