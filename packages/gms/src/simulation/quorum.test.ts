import { FaultPlan, runSeeds, seedsFrom, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { checkPrimaries, checkRecords } from './checks.ts'
import { SimulatedGroup } from './simulated-group.ts'

function group(servers: number, slaves = 0, seed = 1) {
  return new SimulatedGroup(new World({ seed }), { servers, slaves, quorum: 'majority' })
}

describe('membership with QUORUM = majority', () => {
  it('R7: servers that start together form one group', () => {
    for (const seed of seedsFrom({}, 20)) {
      const three = group(3, 1, seed)
      expect(three.settle(), `seed ${seed}`).toBeLessThan(6000)
      expect(three.member('a').membership.record!.voters).toHaveLength(3)
    }
  })

  it('R7: a majority forms the group without the rest, and says for whom it waited', () => {
    const three = group(3)
    three.server('c').crash()
    expect(three.settle()).toBeLessThan(8000)
    expect(three.member('a').statuses).toContainEqual({ phase: 'discovering', waitingFor: ['c:1'] })
    three.server('c').restart()
    expect(three.settle()).toBeLessThan(5000)
  })

  it('R7: a minority forms nothing', () => {
    const three = group(3)
    three.server('b').crash()
    three.server('c').crash()
    three.world.run(20_000)
    expect(three.member('a').membership.record).toBeUndefined()
    expect(three.member('a').membership.status).toEqual({ phase: 'discovering', waitingFor: ['b:1', 'c:1'] })
  })

  it('M2: a crashed server is out of the view in well under a second, the coordinator too', () => {
    for (const seed of seedsFrom({}, 20)) {
      for (const letter of ['a', 'b', 'c']) {
        const three = group(3, 1, seed)
        three.settle()
        const { lineage } = three.member('a').membership.record!
        three.server(letter).crash()
        expect(three.settle(), `seed ${seed} ${letter}`).toBeLessThan(1500)
        expect(three.running[0]!.membership.record!.lineage).toBe(lineage)
      }
    }
  })

  it('a side without a quorum keeps the last view, says who is missing, and comes back', () => {
    for (const seed of seedsFrom({}, 10)) {
      const five = group(5, 0, seed)
      five.settle()
      const [a, b, c, d, e] = five.servers.map(({ name }) => name)
      five.world.network.connectivity.partition([
        [a!, b!],
        [c!, d!, e!],
      ])
      five.world.run(five.world.nowMs + 15_000)
      expect(five.member('a').names.split(' '), `seed ${seed}`).toHaveLength(5)
      expect(five.member('a').membership.status, `seed ${seed}`).toMatchObject({ phase: 'member', nonPrimary: true })
      expect(five.member('d').names.split(' ').sort(), `seed ${seed}`).toEqual(['c:1', 'd:1', 'e:1'])
      five.world.network.connectivity.partition([])
      expect(five.settle(), `seed ${seed}`).toBeLessThan(20_000)
    }
  })

  it('a silent server is expelled in four seconds, and comes back when it wakes (M3)', () => {
    for (const seed of seedsFrom({}, 20)) {
      const three = group(3, 1, seed)
      three.settle()
      const [, , last] = three.member('a').names.split(' ')
      const letter = last!.slice(0, 1)
      three.server(letter).pause()
      const startMs = three.world.nowMs
      const rest = three.servers.filter(({ name }) => name !== last)
      expect(
        three.world.run(() => rest.every(({ process }) => !process!.names.includes(last!)), { forMs: 10_000 }),
      ).toBe(true)
      expect(three.world.nowMs - startMs, `seed ${seed}`).toBeLessThan(4000)
      three.world.run(three.world.nowMs + 2000)
      three.server(letter).resume()
      expect(three.settle(), `seed ${seed}`).toBeLessThan(5000)
    }
  })

  it('R10: all restart and are one group of the same lineage again', () => {
    for (const seed of seedsFrom({}, 20)) {
      const three = group(3, 1, seed)
      three.settle()
      const { lineage, version } = three.member('a').membership.record!
      for (const node of three.servers) node.crash()
      three.world.run(three.world.nowMs + 1000)
      for (const node of three.servers) node.restart()
      expect(three.settle(), `seed ${seed}`).toBeLessThan(8000)
      const record = three.member('b').membership.record!
      expect(record.lineage).toBe(lineage)
      expect(record.version).toBeGreaterThan(version)
    }
  })

  it('B4: members leave in order, the coordinator too', () => {
    const three = group(3, 1)
    three.settle()
    const [first, second] = three.member('a').names.split(' ')
    for (const name of [second!, first!]) {
      const node = three.server(name.slice(0, 1))
      const leaver = node.process!
      const startMs = three.world.nowMs
      leaver.leave()
      expect(three.world.run(() => leaver.left, { forMs: 3000 })).toBe(true)
      expect(three.world.nowMs - startMs).toBeLessThan(500)
      node.stop()
      expect(three.settle()).toBeLessThan(1000)
    }
  })
})

describe('any trouble, any seed (QUORUM = majority)', () => {
  it('never has two records with one version, and ends in one view once it is quiet', () => {
    runSeeds({
      name: 'membership with quorum',
      seeds: seedsFrom(process.env, 150),
      scenario: (world) => {
        const five = new SimulatedGroup(world, { servers: 5, slaves: 1, quorum: 'majority' })
        const committed = new Map<number, string>()
        five.onEachView(() => checkRecords(five, committed))
        everyMs(world, 20, () => checkPrimaries(five))
        const plan = new FaultPlan(world, { nodes: world.nodes.map(({ name }) => name), durationMs: 30_000 }).schedule()
        world.run(plan.quietAtMs)
        if (five.settle(60_000) === undefined) {
          throw new Error(`no common view: ${five.running.map(({ names }) => `[${names}]`).join(' ')}`)
        }
      },
    })
  })
})

function everyMs(world: World, ms: number, check: () => void): void {
  world.after(ms, () => {
    check()
    everyMs(world, ms, check)
  })
}
