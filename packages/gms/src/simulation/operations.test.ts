import { below, type NodeName } from '@ring/platform'
import { FaultPlan, runSeeds, type SimulatedNode, seedsFrom, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { checkRecords, checkViews } from './checks.ts'
import { type GroupOptions, SimulatedGroup, type SimulatedMember } from './simulated-group.ts'

type Quorum = GroupOptions['quorum']
const quorums = ['none', 'majority'] as const

function started({ seed = 1, ...options }: GroupOptions & { readonly seed?: number }): SimulatedGroup {
  return new SimulatedGroup(new World({ seed }), options)
}

function pass(group: SimulatedGroup, ms: number): void {
  group.world.run(group.world.nowMs + ms)
}

/** The servers in the order of the view that the first running one has. */
function ordered(group: SimulatedGroup): readonly SimulatedNode<SimulatedMember>[] {
  return group.running[0]!.membership.record!.view.members.map(
    ({ name }) => group.servers.find((node) => node.name === name)!,
  )
}

function views(group: SimulatedGroup): string {
  return group.running.map((member) => `[${member.names}]`).join(' ')
}

describe('many servers', () => {
  it.each(quorums)('seven start together (QUORUM = %s)', (quorum) => {
    for (let seed = 1; seed <= 5; seed++)
      expect(started({ servers: 7, quorum, seed }).settle(), `seed ${seed}`).toBeLessThan(8_000)
  })

  it.each(quorums)('twenty start together, and seven of them vote (QUORUM = %s)', (quorum) => {
    const twenty = started({ servers: 20, slaves: 2, quorum })
    expect(twenty.settle(), views(twenty)).toBeLessThan(10_000)
    expect(twenty.member('a').membership.record!.voters.length).toBe(quorum === 'none' ? 1 : 7)
    for (const node of ordered(twenty).slice(0, 2)) node.crash()
    expect(twenty.settle(), views(twenty)).toBeLessThan(5_000)
    expect(twenty.running[0]!.membership.record!.voters.length).toBe(quorum === 'none' ? 1 : 7)
  })
})

describe('a slave', () => {
  it.each(quorums)('that loses a server, then all but one, follows what is left (QUORUM = %s)', (quorum) => {
    const five = started({ servers: 5, slaves: 2, quorum })
    expect(five.settle()).toBeDefined()
    for (const node of ordered(five).slice(0, 2)) {
      node.crash()
      expect(five.settle(), views(five)).toBeLessThan(3_000)
    }
    const [slave] = five.slaves
    five.world.network.connectivity.partition([[slave!.name, ordered(five)[1]!.name]])
    pass(five, 1_000)
    five.world.network.connectivity.heal()
    expect(five.settle()).toBeLessThan(10_000)
  })

  it.each(quorums)('finds the servers again after all of them restarted (QUORUM = %s)', (quorum) => {
    const three = started({ servers: 3, slaves: 2, quorum })
    expect(three.settle()).toBeDefined()
    for (const node of three.servers) node.crash()
    pass(three, 10_000)
    for (const node of three.servers) node.restart()
    expect(three.settle(), views(three)).toBeLessThan(10_000)
  })
})

describe('one-way cuts', () => {
  /** Whether every life in a view of a running server is led by a running process. */
  const ghosts = (group: SimulatedGroup): readonly string[] =>
    group.servers.flatMap(({ process }) =>
      (process!.membership.status.phase === 'member' ? process!.membership.record!.view.members : [])
        .filter(
          ({ name, incarnation }) =>
            group.servers.find((node) => node.name === name)!.process!.membership.incarnation !== incarnation,
        )
        .map(({ name }) => `an old life of ${name}`),
    )

  it.each(quorums)('one member does not hear another: nobody is expelled, as others help (QUORUM = %s)', (quorum) => {
    const three = started({ servers: 3, quorum })
    expect(three.settle()).toBeDefined()
    pass(three, 1_000)
    const before = three.member('a').membership.record
    for (const [from, to] of [
      [0, 1],
      [1, 0],
      [1, 2],
    ] as const) {
      const nodes = ordered(three)
      three.world.network.connectivity.cut(nodes[from]!.name, nodes[to]!.name)
      pass(three, 15_000)
      expect(three.member('a').membership.record, `${from} > ${to}`).toEqual(before)
      three.world.network.connectivity.heal()
      pass(three, 2_000)
    }
  })

  it.each(quorums)('one member hears nobody, or is heard by nobody, and comes back (QUORUM = %s)', (quorum) => {
    for (const direction of ['deaf', 'mute'] as const) {
      for (const place of [0, 1, 2] as const) {
        const three = started({ servers: 3, slaves: 1, quorum })
        expect(three.settle()).toBeDefined()
        const lone = ordered(three)[place]!.name
        const cut = (other: NodeName) =>
          direction === 'deaf'
            ? three.world.network.connectivity.cut(other, lone)
            : three.world.network.connectivity.cut(lone, other)
        for (const { name } of three.servers) if (name !== lone) cut(name)
        pass(three, 20_000)
        three.world.network.connectivity.heal()
        expect(three.settle(40_000), `${direction} ${place}: ${views(three)}`).toBeLessThan(20_000)
        expect(ghosts(three)).toEqual([])
      }
    }
  })

  it.each(quorums)(
    'a member that restarts behind a one-way cut leaves no old life in the view (QUORUM = %s)',
    (quorum) => {
      for (const place of [0, 1, 2] as const) {
        const three = started({ servers: 3, quorum })
        expect(three.settle()).toBeDefined()
        const nodes = ordered(three)
        const restarts = nodes[place]!
        three.world.network.connectivity.cut(nodes[0]!.name, nodes[1]!.name)
        pass(three, 5_000)
        restarts.restart()
        pass(three, 20_000)
        expect(ghosts(three), `${place} ${views(three)}`).toEqual([])
        three.world.network.connectivity.heal()
        expect(three.settle(), `${place} ${views(three)}`).toBeLessThan(15_000)
      }
    },
  )
})

describe('firewalls', () => {
  /** Ways that are refused for a while, eight of them, beside the usual trouble. */
  const refusing = (world: World, group: SimulatedGroup, forMs: number): void => {
    const random = world.random.fork('firewalls')
    const anyName = () => group.servers[below(random, group.servers.length)]!.name
    const { connectivity } = world.network
    for (let count = 0; count < 8; count++) {
      world.at(below(random, forMs), () => {
        const [from, to] = [anyName(), anyName()]
        world.note(`refuse ${from} > ${to}`)
        connectivity.refuse(from, to)
        world.after(below(random, 4_000), () => connectivity.admit(from, to))
      })
    }
  }

  it.each(quorums)('M2: with any other trouble, one view in the end (QUORUM = %s)', (quorum) => {
    runSeeds({
      name: `firewalls, QUORUM = ${quorum}`,
      seeds: seedsFrom(process.env, 20),
      twice: false,
      scenario: (world) => {
        const four = new SimulatedGroup(world, { servers: 4, slaves: 1, quorum })
        const [records, versions] = [new Map<number, string>(), new Map<string, string>()]
        four.onEachView(() => (quorum === 'none' ? checkViews(four, versions) : checkRecords(four, records)))
        const nodes = world.nodes.map(({ name }) => name)
        const plan = new FaultPlan(world, { nodes, durationMs: 20_000 }).schedule()
        refusing(world, four, 19_000)
        world.run(plan.quietAtMs)
        if (four.settle(60_000) === undefined) throw new Error(`no common view: ${views(four)}`)
      },
    })
  })
})

describe('restarts', () => {
  it.each(quorums)(
    'one server after the other, with all clocks set back by an hour (QUORUM = %s)',
    (quorum: Quorum) => {
      for (const memory of [true, false]) {
        const three = started({ servers: 3, slaves: 1, quorum, memory })
        expect(three.settle()).toBeDefined()
        for (const node of three.servers) {
          node.crash()
          pass(three, 300)
          node.clock.jumpWall(-3_600_000)
          node.restart()
          expect(three.settle(), `${node.name} memory ${memory}: ${views(three)}`).toBeLessThan(8_000)
        }
      }
    },
  )

  it('every server one after the other, waiting for the group or not (QUORUM = majority)', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const three = started({ servers: 3, slaves: 1, quorum: 'majority', seed })
      expect(three.settle()).toBeDefined()
      const { lineage } = three.member('a').membership.record!
      for (const node of ordered(three)) {
        node.restart()
        expect(three.settle(), `seed ${seed} ${node.name}: ${views(three)}`).toBeLessThan(8_000)
      }
      for (const node of three.servers) {
        node.restart()
        pass(three, 400)
      }
      expect(three.settle(), `seed ${seed}: ${views(three)}`).toBeLessThan(10_000)
      expect(three.member('a').membership.record!.lineage).toBe(lineage)
    }
  })

  const leaveAll = (group: SimulatedGroup, nodes: readonly SimulatedNode<SimulatedMember>[]): void => {
    for (const node of nodes) {
      const process = node.process!
      process.leave()
      expect(group.world.run(() => process.left, { forMs: 3_000 })).toBe(true)
      node.stop()
      pass(group, 500)
    }
  }

  it.each(quorums)('R10: all leave one after the other, and all come back together (QUORUM = %s)', (quorum) => {
    for (let seed = 1; seed <= 5; seed++) {
      for (const turn of ['first', 'last'] as const) {
        const three = started({ servers: 3, slaves: 1, quorum, seed })
        expect(three.settle()).toBeDefined()
        leaveAll(three, turn === 'first' ? ordered(three) : [...ordered(three)].reverse())
        pass(three, 5_000)
        for (const node of three.servers) node.restart()
        expect(three.settle(), `seed ${seed}, ${turn} first: ${views(three)}`).toBeLessThan(15_000)
      }
    }
  })

  it('R10: all leave, and come back in the order in which they left, each waiting a while (QUORUM = majority)', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const three = started({ servers: 3, quorum: 'majority', seed })
      expect(three.settle()).toBeDefined()
      const { lineage } = three.member('a').membership.record!
      const nodes = ordered(three)
      leaveAll(three, nodes)
      for (const node of nodes) {
        node.restart()
        pass(three, 3_000)
      }
      expect(three.settle(), `seed ${seed}: ${views(three)}`).toBeLessThan(15_000)
      expect(three.member('a').membership.record!.lineage).toBe(lineage)
    }
  })
})
