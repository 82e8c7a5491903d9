import type { NodeName } from '@ring/platform'
import { type FaultKind, FaultPlan, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { type GmsRules, soundRules } from '../core/rules.ts'
import { checkViews } from './checks.ts'
import { order, pass, settled } from './settled-group.ts'
import { SimulatedGroup } from './simulated-group.ts'
import { type VariantName, variants } from './variants.ts'

describe('M5: a branch', () => {
  it('has a lineage of its own: two sides never commit one version', () => {
    const scenario = (rules: GmsRules): void => {
      const five = settled({ rules, servers: 5 })
      const committed = new Map<string, string>()
      five.onEachView(() => checkViews(five, committed))
      const names = order(five).map((letter) => five.server(letter).name)
      five.world.network.connectivity.partition([names.slice(0, 2), names.slice(2)])
      pass(five, 15_000)
      five.world.network.connectivity.heal()
      expect(five.settle(60_000)).toBeDefined()
    }
    scenario(soundRules)
    expect(() => scenario(variants['branch-in-one-lineage'])).toThrow('two views for')
  })

  /**
   * A firewall refuses the second's and the third's way to the coordinator. The fourth hears all of them, but what it says
   * comes late to the second, which finds the coordinator gone and branches.
   */
  const firewalled = (rules: GmsRules, afterMs: number) => {
    const four = settled({ rules, servers: 4, seed: 4 })
    const [first, second, third, fourth] = order(four)
    const name = (letter: string | undefined) => four.server(letter!).name
    const before = four.member(fourth!).membership.record!.lineage
    pass(four, afterMs)
    const { network } = four.world
    const delayOf = (from: NodeName, to: NodeName) =>
      from === name(fourth) && to === name(second) ? { minMs: 400, meanMs: 400 } : undefined
    network.options = { ...network.options, delayOf }
    for (const letter of [second, third]) network.connectivity.refuse(name(letter), name(first))
    pass(four, 4_500)
    const branches = four.member(second!).views.filter(({ lineage }) => lineage !== before)
    const hearsAll = four.member(fourth!)
    return {
      branched: branches.length > 0,
      tookFourth: branches[0]?.view.members.some((member) => member.name === name(fourth)) ?? false,
      stayed: hearsAll.membership.record?.lineage === before && hearsAll.rejoins === 0,
    }
  }
  const moments = Array.from({ length: 25 }, (_, at) => at * 30)

  it('takes in only those who lost the coordinator too', () => {
    const sound = moments.map((afterMs) => firewalled(soundRules, afterMs))
    expect(sound.some(({ branched }) => branched)).toBe(true)
    expect(sound.filter(({ tookFourth, stayed }) => tookFourth || !stayed)).toEqual([])
    const caught = moments.find((afterMs) => firewalled(variants['branch-takes-all'], afterMs).tookFourth)
    console.log(`branch-takes-all: caught ${caught} ms after the start`)
    expect(caught).toBeDefined()
  })

  it('is followed only by who said that it would: no view flaps', () => {
    const caught = moments.find((afterMs) => !firewalled(variants['branch-from-anybody'], afterMs).stayed)
    console.log(`branch-from-anybody: caught ${caught} ms after the start`)
    expect(caught).toBeDefined()
  })
})

describe('random trouble notices a missing rule', () => {
  const within: readonly (readonly [VariantName, 'M5', number])[] = [['branch-in-one-lineage', 'M5', 40]]

  it.each(within)('%s (%s) within %d seeds', (variant, _rule, seeds) => {
    const caught = firstCaught(variants[variant], seeds)
    console.log(`${variant}: seed ${caught?.seed ?? 'none'}: ${caught?.reason ?? ''}`)
    expect(caught).toBeDefined()
  })
})

function firstCaught(rules: GmsRules, seeds: number): { readonly seed: number; readonly reason: string } | undefined {
  const kinds: readonly FaultKind[] = ['partition', 'crash', 'cut']
  for (let seed = 1; seed <= seeds; seed++) {
    const world = new World({ seed })
    const four = new SimulatedGroup(world, { servers: 4, quorum: 'none', rules })
    const committed = new Map<string, string>()
    four.onEachView(() => checkViews(four, committed))
    try {
      const nodes = world.nodes.map(({ name }) => name)
      const { quietAtMs } = new FaultPlan(world, { nodes, durationMs: 20_000, kinds }).schedule()
      world.run(quietAtMs)
      if (four.settle(60_000) === undefined) throw new Error('no common view')
    } catch (error) {
      return { seed, reason: (error as Error).message.slice(0, 80) }
    }
  }
  return undefined
}
