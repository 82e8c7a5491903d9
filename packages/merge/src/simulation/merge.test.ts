import { checkViews } from '@ring/gms/simulation'
import { describe, expect, it } from 'vitest'
import { mergingGroup, order, pass, settledGroup, views } from './merging-group.ts'

const seeds = Array.from({ length: 10 }, (_, at) => at + 1)

describe('B5: groups that were apart become one', () => {
  it('two sides: one view soon after the heal, with the smaller side at the end in its order', () => {
    for (const seed of seeds) {
      const five = settledGroup({ servers: 5, slaves: 1, seed })
      const [a, b, c, d, e] = order(five)
      const { connectivity } = five.world.network
      connectivity.partition([
        [a!, b!],
        [c!, d!, e!],
      ])
      pass(five, 20_000)
      expect(five.servers.find(({ name }) => name === a)!.process!.names, `seed ${seed}`).toBe(`${a} ${b}`)
      connectivity.heal()
      expect(five.settle(), `seed ${seed}: ${views(five)}`).toBeLessThan(3_000)
      expect(five.running[0]!.names, `seed ${seed}`).toBe([c, d, e, a, b].join(' '))
    }
  })

  it('M6: the merge is one change, and everybody hears who came from which side before the view', () => {
    const five = settledGroup({ servers: 5 })
    const [a, b, c, d, e] = order(five)
    five.world.network.connectivity.partition([
      [a!, b!],
      [c!, d!, e!],
    ])
    pass(five, 20_000)
    five.world.network.connectivity.heal()
    expect(five.settle()).toBeDefined()
    for (const member of five.running) {
      const [merge, ...more] = member.merges
      expect(more).toEqual([])
      expect(merge!.sides.map(({ members }) => members)).toEqual([
        [c, d, e],
        [a, b],
      ])
      expect(member.views[merge!.viewsBefore]!.version).toBe(merge!.record.version)
      expect(member.views[merge!.viewsBefore]!.view.members).toHaveLength(5)
    }
  })

  it('three sides at once, and single ones', () => {
    for (const seed of seeds) {
      const six = settledGroup({ servers: 6, seed })
      const [a, b, c, d, e, f] = order(six)
      six.world.network.connectivity.partition([[a!, b!, c!], [d!, e!], [f!]])
      pass(six, 20_000)
      six.world.network.connectivity.heal()
      expect(six.settle(), `seed ${seed}: ${views(six)}`).toBeLessThan(4_000)
      expect(order(six).slice(0, 3)).toEqual([a, b, c])
    }
  })

  it('seven that were alone, all of them', () => {
    const seven = settledGroup({ servers: 7 })
    seven.world.network.connectivity.partition(order(seven).map((name) => [name]))
    pass(seven, 30_000)
    expect(seven.running.every(({ names }) => !names.includes(' '))).toBe(true)
    seven.world.network.connectivity.heal()
    expect(seven.settle(), views(seven)).toBeLessThan(6_000)
  })

  it('splits again and again, and in the middle of a merge', () => {
    for (const seed of seeds) {
      const five = settledGroup({ servers: 5, seed })
      const committed = new Map<string, string>()
      five.onEachView(() => checkViews(five, committed))
      const names = order(five)
      const { connectivity } = five.world.network
      for (let round = 0; round < 6; round++) {
        const turned = [...names.slice(round % 5), ...names.slice(0, round % 5)]
        connectivity.partition([turned.slice(0, 2), turned.slice(2)])
        pass(five, 9_000)
        connectivity.heal()
        pass(five, 300 + 200 * round)
      }
      expect(five.settle(), `seed ${seed}: ${views(five)}`).toBeLessThan(12_000)
    }
  })

  it('an asymmetric way: who gives way cannot dial the other', () => {
    for (const seed of seeds) {
      const five = settledGroup({ servers: 5, seed })
      const [a, b, c, d, e] = order(five)
      const { connectivity } = five.world.network
      connectivity.partition([
        [a!, b!],
        [c!, d!, e!],
      ])
      pass(five, 15_000)
      connectivity.heal()
      // A firewall that refuses what the smaller side dials.
      for (const from of [a!, b!]) for (const to of [c!, d!, e!]) connectivity.refuse(from, to)
      pass(five, 10_000)
      connectivity.heal()
      expect(five.settle(), `seed ${seed}: ${views(five)}`).toBeLessThan(8_000)
    }
  })

  it('somebody who is silent for good does not keep the others apart', () => {
    for (const seed of seeds) {
      const six = settledGroup({ servers: 6, seed })
      const [a, b, c, d, e, f] = order(six)
      const { connectivity } = six.world.network
      connectivity.partition([
        [a!, b!],
        [c!, d!, e!],
      ])
      six.servers.find(({ name }) => name === f)!.pause()
      pass(six, 20_000)
      connectivity.heal()
      const rest = six.servers.filter(({ name }) => name !== f)
      const isOne = () => rest.every(({ process }) => process!.names === [c, d, e, a, b].join(' '))
      expect(six.world.run(isOne, { forMs: 6_000 }), `seed ${seed}: ${views(six)}`).toBe(true)
    }
  })

  it.each(['cut', 'refuse'] as const)(
    'no way (%s) to the other coordinator only: both sides go on as they are',
    (closed) => {
      for (const seed of seeds) {
        const five = settledGroup({ servers: 5, seed })
        const [a, b, c, d, e] = order(five)
        const { connectivity } = five.world.network
        connectivity.partition([
          [a!, b!],
          [c!, d!, e!],
        ])
        pass(five, 15_000)
        const apart = views(five)
        const versions = () => five.running.map(({ membership }) => membership.record?.version)
        const before = versions()
        connectivity.heal()
        for (const name of [a!, b!]) {
          connectivity[closed](name, c!)
          connectivity[closed](c!, name)
        }
        for (let second = 0; second < 120; second++) {
          pass(five, 1_000)
          expect(views(five), `seed ${seed}, second ${second}`).toBe(apart)
        }
        expect(versions(), `seed ${seed}`).toEqual(before)
        connectivity.heal()
        expect(five.settle(), `seed ${seed}: ${views(five)}`).toBeLessThan(3_000)
      }
    },
  )

  it('B3: started at the same moment, each before it could see the others: one group soon', () => {
    for (const seed of seeds) {
      const four = mergingGroup({ servers: 4, seed })
      const names = four.servers.map(({ name }) => name)
      four.world.network.connectivity.partition(names.map((name) => [name]))
      pass(four, 1_500)
      four.world.network.connectivity.heal()
      expect(four.settle(), `seed ${seed}: ${views(four)}`).toBeLessThan(3_000)
    }
  })

  it('joins wait while a merge runs, and come in after it', () => {
    for (const seed of seeds) {
      const six = settledGroup({ servers: 6, seed })
      const [a, b, c, d, e, f] = order(six)
      const late = six.servers.find(({ name }) => name === f)!
      late.crash()
      six.world.network.connectivity.partition([
        [a!, b!, f!],
        [c!, d!, e!],
      ])
      pass(six, 15_000)
      six.world.network.connectivity.heal()
      late.restart()
      expect(six.settle(), `seed ${seed}: ${views(six)}`).toBeLessThan(5_000)
    }
  })
})
