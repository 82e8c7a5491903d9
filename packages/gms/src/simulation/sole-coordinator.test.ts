import { FaultPlan, runSeeds, seedsFrom, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { checkViews } from './checks.ts'
import { SimulatedGroup } from './simulated-group.ts'

function group(servers: number, slaves = 0, seed = 1) {
  return new SimulatedGroup(new World({ seed }), { servers, slaves, quorum: 'none' })
}

describe('membership with QUORUM = none', () => {
  it('B1: the first server that finds nobody is coordinator at once', () => {
    const one = group(1)
    expect(one.settle()).toBeLessThan(100)
    expect(one.member('a').names).toBe('a:1')
  })

  it('B3: servers that start together end in one view, within two seconds', () => {
    for (const seed of seedsFrom({}, 30)) {
      const five = group(5, 2, seed)
      expect(five.settle(), `seed ${seed}`).toBeLessThan(2000)
    }
  })

  it('B3: newcomers go to the end, and a returner does too', () => {
    const three = group(3)
    three.settle()
    const [, second] = three.member('a').names.split(' ')
    three.server('a').crash()
    three.settle()
    expect(three.member('b').names.split(' ')[0]).toBe(second)
    three.server('a').restart()
    three.settle()
    expect(three.member('b').names.split(' ')[2]).toBe('a:1')
  })

  it('M2: a crashed process is refused, confirmed and out of the view long before the suspicion time', () => {
    for (const seed of seedsFrom({}, 30)) {
      const three = group(3, 1, seed)
      three.settle()
      three.server('b').crash()
      expect(three.settle(), `seed ${seed}`).toBeLessThan(300)
    }
  })

  it('M5: a crashed coordinator is replaced by the next in a branch of its own', () => {
    for (const seed of seedsFrom({}, 30)) {
      const three = group(3, 1, seed)
      three.settle()
      const before = three.member('b').membership.record!
      three.server('a').crash()
      expect(three.settle(), `seed ${seed}`).toBeLessThan(800)
      const after = three.member('b').membership.record!
      expect(after.parent).toMatchObject({ lineage: before.lineage, version: before.version })
      expect(after.version).toBeGreaterThan(before.version)
    }
  })

  it('M2: a firewall that refuses one member only expels nobody', () => {
    const three = group(3)
    three.settle()
    const before = three.member('a').membership.record!
    three.world.network.connectivity.cut(three.server('b').name, three.server('c').name)
    three.world.network.connectivity.cut(three.server('c').name, three.server('b').name)
    three.world.run(three.world.nowMs + 20_000)
    expect(three.member('a').membership.record).toEqual(before)
  })

  it('a silent member is expelled in four seconds, learns it when it wakes, and comes back (M3)', () => {
    for (const seed of seedsFrom({}, 20)) {
      const three = group(3, 1, seed)
      three.settle()
      three.server('c').pause()
      const startMs = three.world.nowMs
      const expelled = three.world.run(() => !three.member('a').names.includes('c:1'), { forMs: 10_000 })
      expect(expelled, `seed ${seed}`).toBe(true)
      expect(three.world.nowMs - startMs).toBeLessThan(4000)
      three.world.run(three.world.nowMs + 2000)
      three.server('c').resume()
      // The word that it is out waited in its socket, or it holds back until it hears something.
      const woken = three.member('c')
      expect(woken.rejoins === 1 || !woken.confirmed).toBe(true)
      expect(three.settle(), `seed ${seed}`).toBeLessThan(3000)
      expect(three.member('c').rejoins).toBe(1)
    }
  })

  it('a paused coordinator that wakes follows the branch of the others (M5)', () => {
    for (const seed of seedsFrom({}, 20)) {
      const three = group(3, 1, seed)
      three.settle()
      three.server('a').pause()
      three.world.run(three.world.nowMs + 6000)
      expect(three.member('b').names.split(' ').sort(), `seed ${seed}`).toEqual(['b:1', 'c:1'])
      three.server('a').resume()
      expect(three.settle(), `seed ${seed}`).toBeLessThan(8000)
    }
  })

  it('M5: a slave is told of the branch as soon as a stopped coordinator is passed by', () => {
    for (const seed of seedsFrom({}, 20)) {
      const two = group(2, 1, seed)
      two.settle()
      const [first, second] = two.member('a').names.split(' ')
      two.server(first!.slice(0, 1)).pause()
      const startMs = two.world.nowMs
      const slave = two.slaves[0]!.process!
      expect(
        two.world.run(() => slave.names === second, { forMs: 10_000 }),
        `seed ${seed}`,
      ).toBe(true)
      expect(two.world.nowMs - startMs, `seed ${seed}`).toBeLessThan(4000)
    }
  })

  it('M3: a node that slept never expels the healthy', () => {
    const three = group(3)
    three.settle()
    const before = three.member('a').membership.record!
    three.server('a').pause()
    three.world.run(three.world.nowMs + 1200)
    three.server('a').resume()
    three.world.run(three.world.nowMs + 10_000)
    expect(three.member('b').membership.record).toEqual(before)
  })

  it('B4: members leave in order, the coordinator too, and nobody waits for the dead', () => {
    const three = group(3, 1)
    three.settle()
    for (const letter of ['b', 'a']) {
      const leaver = three.member(letter)
      const startMs = three.world.nowMs
      leaver.leave()
      expect(three.world.run(() => leaver.left, { forMs: 3000 })).toBe(true)
      expect(three.world.nowMs - startMs).toBeLessThan(200)
      three.server(letter).stop()
      expect(three.settle()).toBeLessThan(300)
    }
    expect(three.member('c').names).toBe('c:1')
  })

  it('M4: a coordinator that restarts faster than detection does not wait for itself', () => {
    for (const seed of seedsFrom({}, 20)) {
      const three = group(3, 0, seed)
      three.settle()
      three.server('a').restart()
      expect(three.settle(), `seed ${seed}`).toBeLessThan(3000)
    }
  })

  it('sides of a partition live on and become one group again', () => {
    for (const seed of seedsFrom({}, 10)) {
      const five = group(5, 0, seed)
      five.settle()
      const [a, b, c, d, e] = five.servers.map(({ name }) => name)
      five.world.network.connectivity.partition([
        [a!, b!],
        [c!, d!, e!],
      ])
      five.world.run(five.world.nowMs + 15_000)
      expect(five.member('a').names.split(' ').sort()).toEqual(['a:1', 'b:1'])
      expect(five.member('e').names.split(' ').sort()).toEqual(['c:1', 'd:1', 'e:1'])
      five.world.network.connectivity.partition([])
      expect(five.settle(), `seed ${seed}`).toBeLessThan(20_000)
    }
  })

  it('M6: does not give way to a group whose coordinator it cannot reach', () => {
    const five = group(5)
    five.settle()
    const [a, b, c, d, e] = five.running[0]!.membership.record!.view.members.map(({ name }) => name)
    const { connectivity } = five.world.network
    connectivity.partition([
      [a!, b!],
      [c!, d!, e!],
    ])
    five.world.run(five.world.nowMs + 15_000)
    const views = () => five.running.map(({ names }) => `[${names}]`).join(' ')
    const apart = views()
    connectivity.heal()
    for (const name of [a!, b!]) {
      connectivity.refuse(name, c!)
      connectivity.refuse(c!, name)
    }
    for (let second = 0; second < 60; second++) {
      five.world.run(five.world.nowMs + 1_000)
      expect(views(), `second ${second}`).toBe(apart)
    }
    connectivity.heal()
    expect(five.settle(20_000), views()).toBeDefined()
  })
})

describe('any trouble, any seed (QUORUM = none)', () => {
  it('M5: who slept between its promise and the view joins the branch anew (seed 48)', () => {
    runSeeds({ name: 'a promise forgotten', seeds: [48], scenario: anyTrouble })
  })

  it('keeps the order of versions in a lineage, and ends in one view once it is quiet', () => {
    runSeeds({
      name: 'membership without quorum',
      seeds: seedsFrom(process.env, 100),
      scenario: anyTrouble,
    })
  })
})

function anyTrouble(world: World): void {
  const five = new SimulatedGroup(world, { servers: 5, slaves: 2, quorum: 'none' })
  const committed = new Map<string, string>()
  five.onEachView(() => checkViews(five, committed))
  const plan = new FaultPlan(world, { nodes: world.nodes.map(({ name }) => name), durationMs: 30_000 }).schedule()
  world.run(plan.quietAtMs)
  if (five.settle(60_000) === undefined) {
    throw new Error(`no common view: ${five.running.map(({ names }) => `[${names}]`).join(' ')}`)
  }
}
