import { runSeeds, seedsFrom, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { soundRules } from '../core/rules.ts'
import { checkRecords, checkViews } from './checks.ts'
import { order, pass, quorums, settled } from './settled-group.ts'
import { SimulatedGroup } from './simulated-group.ts'

const ways = ['refuses', 'ignores'] as const
const cases = quorums.flatMap((quorum) => ways.map((how) => ({ quorum, how })))

/** The others' views, as letters. */
function viewsWithout(group: SimulatedGroup, letter: string): readonly string[] {
  return group.servers
    .filter(({ name, isUp }) => isUp && !name.startsWith(letter))
    .map(({ process }) => process!.names.replaceAll(':1', '').split(' ').sort().join(''))
}

describe.each(cases)('M2: a server that can dial and cannot be dialled ($quorum, $how)', ({ quorum, how }) => {
  it('is not let in, hears why, and comes in when its port is open', () => {
    const world = new World({ seed: 2 })
    const group = new SimulatedGroup(world, { servers: 4, quorum })
    const { connectivity } = world.network
    connectivity.shut(group.server('d').name, how)
    expect(world.run(() => viewsWithout(group, 'd').every((names) => names === 'abc'), { forMs: 10_000 })).toBe(true)
    pass(group, 10_000)
    expect(viewsWithout(group, 'd')).toEqual(['abc', 'abc', 'abc'])
    expect(group.member('d').membership.status).toMatchObject({ phase: 'undialable', address: 'd:1' })
    expect(group.member('d').membership.reach.by).toHaveLength(1)
    connectivity.unshut(group.server('d').name)
    expect(group.settle()).toBeLessThan(4_000)
  })

  it('as the first of all does not keep the others out', () => {
    for (const seed of seedsFrom({}, 10)) {
      const world = new World({ seed })
      const group = new SimulatedGroup(world, { servers: 3, quorum })
      world.network.connectivity.shut(group.server('a').name, how)
      const areReady = () => viewsWithout(group, 'a').every((names) => names === 'bc')
      expect(world.run(areReady, { forMs: 20_000 }), `seed ${seed}`).toBe(true)
      pass(group, 10_000)
      expect(viewsWithout(group, 'a'), `seed ${seed}`).toEqual(['bc', 'bc'])
      expect(group.member('a').membership.reach.by.length, `seed ${seed}`).toBeGreaterThan(0)
      world.network.connectivity.heal()
      expect(group.settle(60_000), `seed ${seed}`).toBeDefined()
    }
  })

  it('goes out when its port is shut later, whoever it is, and comes back by itself', () => {
    for (const place of [0, 1, 3]) {
      const group = settled({ rules: soundRules, servers: 4, quorum, seed: 3 })
      const letter = order(group)[place]!
      const rest = ['a', 'b', 'c', 'd'].filter((one) => one !== letter).join('')
      const { connectivity } = group.world.network
      connectivity.shut(group.server(letter).name, how)
      const isOut = () => viewsWithout(group, letter).every((names) => names === rest)
      expect(group.world.run(isOut, { forMs: 40_000 }), `place ${place}`).toBe(true)
      pass(group, 15_000)
      expect(viewsWithout(group, letter), `place ${place}`).toEqual([rest, rest, rest])
      expect(group.member(letter).membership.status, `place ${place}`).toMatchObject({ phase: 'undialable' })
      connectivity.unshut(group.server(letter).name)
      expect(group.settle(), `place ${place}`).toBeLessThan(4_000)
    }
  })

  it('of a ring of two goes out as well', () => {
    const group = settled({ rules: soundRules, servers: 2, quorum })
    const [first] = order(group)
    group.world.network.connectivity.shut(group.server(first!).name, how)
    const rest = first === 'a' ? 'b' : 'a'
    expect(group.world.run(() => viewsWithout(group, first!)[0] === rest, { forMs: 40_000 })).toBe(true)
  })
})

describe('M2: who cannot be dialled by one member only', () => {
  it('stays: most of the others reach it', () => {
    for (const quorum of quorums) {
      const group = settled({ rules: soundRules, servers: 4, quorum })
      const [, second, third] = order(group)
      const [from, to] = [group.server(third!), group.server(second!)]
      const { network } = group.world
      // The link between them is of the other's dialling.
      const refuses = network.connectivity.refuses.bind(network.connectivity)
      network.connectivity.refuses = (one, other) => (one === from.name && other === to.name) || refuses(one, other)
      const versions = group.running.map(({ membership }) => membership.record!.version)
      pass(group, 60_000)
      expect(group.running.map(({ membership }) => membership.record!.version)).toEqual(versions)
      expect(group.member(third!).membership.reach.others).toEqual([to.name])
    }
  })
})

describe('any trouble, any seed, with ports that are shut', () => {
  it.each(quorums)('never two records of one version, and one view once all are open (%s)', (quorum) => {
    runSeeds({
      name: `undialable ${quorum}`,
      seeds: seedsFrom(process.env, 25),
      scenario: (world) => {
        const five = new SimulatedGroup(world, { servers: 5, slaves: 1, quorum })
        const views = new Map<string, string>()
        const records = new Map<number, string>()
        five.onEachView(() => (quorum === 'none' ? checkViews(five, views) : checkRecords(five, records)))
        for (let at = 0; at < 8; at++) {
          const node = five.servers[world.random.uint32() % 5]!
          const { connectivity } = world.network
          if (connectivity.shutAt(node.name) === undefined) connectivity.shut(node.name, ways[at % 2]!)
          else connectivity.unshut(node.name)
          if (at % 3 === 2) node.restart()
          world.run(world.nowMs + 4_000)
        }
        world.network.connectivity.heal()
        if (five.settle(60_000) === undefined) throw new Error('no common view')
      },
    })
  })
})
