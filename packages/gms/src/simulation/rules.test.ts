import type { NodeName } from '@ring/platform'
import { type FaultKind, FaultPlan, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { type GmsRules, soundRules } from '../core/rules.ts'
import type { StateAfter } from '../core/view.ts'
import { checkViews } from './checks.ts'
import { type GroupOptions, SimulatedGroup } from './simulated-group.ts'
import { type VariantName, variants } from './variants.ts'

const quorums = ['none', 'majority'] as const

interface Settled {
  readonly rules: GmsRules
  readonly servers?: number
  readonly seed?: number
  readonly quorum?: GroupOptions['quorum']
  readonly memory?: boolean
  readonly stateAfter?: StateAfter
}

function settled({ servers = 3, seed = 1, quorum = 'none', ...rest }: Settled): SimulatedGroup {
  const group = new SimulatedGroup(new World({ seed }), { servers, quorum, ...rest })
  expect(group.settle()).toBeDefined()
  pass(group, 500)
  return group
}

function pass(group: SimulatedGroup, ms: number): void {
  group.world.run(group.world.nowMs + ms)
}

/** The letters of the members, in the order of the view. */
function order(group: SimulatedGroup): readonly string[] {
  return group.running[0]!.names.split(' ').map((name) => name.slice(0, 1))
}

/** The newest view of one lineage, as the incarnations in it. */
function lives(group: SimulatedGroup, letter: string): string {
  const { record } = group.member(letter).membership
  return record!.view.members.map(({ name, incarnation }) => `${name} ${incarnation}`).join()
}

describe('M1: view and state change in one commit', () => {
  /** A table of who is in sync, which a death has to be taken out of. */
  const inSync: StateAfter = (_state, _change, view) => ({ inSync: view.members.map(({ name }) => name) })

  /** Who stands in sync in a record of a view without it, after the member at that place has died. */
  const scenario = (rules: GmsRules, quorum: GroupOptions['quorum'], place: 0 | 2): readonly string[] => {
    const three = settled({ rules, quorum, stateAfter: inSync })
    three.server(order(three)[place]!).crash()
    expect(three.settle()).toBeDefined()
    const wrong = three.running[0]!.views.map(({ view, state }) =>
      (state as { readonly inSync: readonly string[] }).inSync.filter(
        (name) => !view.members.some((member) => member.name === name),
      ),
    )
    return wrong.at(-1)!
  }

  // The death of the first is a branch without a quorum.
  it.each(quorums)('a removed life is in no list of the same record (QUORUM = %s)', (quorum) => {
    for (const place of [0, 2] as const) {
      expect(scenario(soundRules, quorum, place)).toEqual([])
      expect(scenario(variants['state-lags'], quorum, place)).toHaveLength(1)
    }
  })
})

describe('M2: "refused" alone proves no death', () => {
  /** A firewall refuses one member's way to another for half a minute; counts in how many views there were. */
  const scenario = (rules: GmsRules, quorum: GroupOptions['quorum'], from: 0 | 2): number => {
    const three = settled({ rules, quorum })
    const letters = order(three)
    const [refused, to] = [three.server(letters[from]!), three.server(letters[1]!)]
    const before = three.member(letters[0]!).views.length
    three.world.network.connectivity.refuse(refused.name, to.name)
    pass(three, 30_000)
    return three.member(letters[0]!).views.length - before
  }

  it.each(quorums)('a firewall in front of one member expels nobody (QUORUM = %s)', (quorum) => {
    expect(scenario(soundRules, quorum, 2)).toBe(0)
    expect(scenario(variants['refusal-alone'], quorum, 2)).toBeGreaterThan(1)
  })

  it.each(quorums)('nor does one in front of the coordinator (QUORUM = %s)', (quorum) => {
    expect(scenario(soundRules, quorum, 0)).toBe(0)
    expect(scenario(variants['refusal-alone'], quorum, 0)).toBeGreaterThan(0)
  })

  /** The coordinator is refused in a moment in which links break: nobody may hold one when it asks. */
  it.each(quorums)('nor does one while links break (QUORUM = %s)', (quorum) => {
    for (let afterMs = 0; afterMs < 600; afterMs += 30) {
      const three = settled({ rules: soundRules, quorum })
      pass(three, afterMs)
      const [first, second, third] = order(three)
      const before = lives(three, third!)
      const { network } = three.world
      network.options = { ...network.options, loss: 1 }
      network.connectivity.refuse(three.server(first!).name, three.server(second!).name)
      pass(three, 300)
      network.options = { ...network.options, loss: 0 }
      pass(three, 5_000)
      expect(lives(three, third!), `after ${afterMs} ms`).toBe(before)
    }
  })

  it('counts alone in a ring of two', () => {
    const two = settled({ rules: soundRules, servers: 2 })
    const [first, second] = order(two)
    two.server(second!).crash()
    expect(two.settle()).toBeLessThan(300)
    expect(two.member(first!).names).toBe(`${first}:1`)
  })
})

describe('D1: what is passed by', () => {
  const downs = (group: SimulatedGroup): readonly string[] => group.running.flatMap((member) => member.downs)

  it.each(quorums)('a lost link alone makes nobody DOWN (QUORUM = %s)', (quorum) => {
    const four = settled({ rules: soundRules, servers: 4, quorum })
    const { network } = four.world
    const links = () => four.world.trace.lines().filter((line) => line.includes(' link ')).length
    const before = links()
    for (let round = 0; round < 20; round++) {
      network.options = { ...network.options, loss: 0.5 }
      pass(four, 200)
      network.options = { ...network.options, loss: 0 }
      pass(four, 500)
    }
    expect(links() - before).toBeGreaterThan(20)
    expect(downs(four)).toEqual([])
  })

  it.each(quorums)('nor does a refusal that is not confirmed (QUORUM = %s)', (quorum) => {
    const scenario = (rules: GmsRules): readonly string[] => {
      const three = settled({ rules, quorum })
      const [first, second, third] = order(three).map((letter) => three.server(letter).name)
      three.world.network.connectivity.refuse(third!, second!)
      pass(three, 2_000)
      three.world.network.connectivity.heal()
      three.world.network.connectivity.refuse(first!, second!)
      pass(three, 2_000)
      return downs(three)
    }
    expect(scenario(soundRules)).toEqual([])
    expect(scenario(variants['refusal-alone'])).not.toEqual([])
  })

  it.each(quorums)('a confirmed refusal and a goodbye do, before the view says so (QUORUM = %s)', (quorum) => {
    for (const ending of ['crash', 'stop'] as const) {
      const four = settled({ rules: soundRules, servers: 4, quorum })
      const coordinator = four.member(order(four)[0]!)
      const gone = four.server(order(four)[3]!)
      gone[ending]()
      const wasDown = () => coordinator.downs.includes(gone.name)
      expect(four.world.run(wasDown, { forMs: 1_000 }), ending).toBe(true)
      if (quorum === 'majority') expect(coordinator.names).toContain(gone.name)
      expect(four.settle(), ending).toBeLessThan(1_000)
    }
  })
})

describe('M3: a pause is an event', () => {
  /**
   * The first and the third are refused at the second, the fourth is linked to it. The first asks both, and sleeps when
   * it has read the one answer, and the other one waits in its socket.
   */
  const sleeper = (rules: GmsRules, quorum: GroupOptions['quorum'], afterMs: number): boolean => {
    const four = settled({ rules, quorum, servers: 4 })
    const [first, second, third, fourth] = order(four).map((letter) => four.server(letter))
    const { network } = four.world
    const delayOf = (from: NodeName, to: NodeName) =>
      from === fourth!.name && to === first!.name ? { minMs: 120, meanMs: 120 } : undefined
    network.options = { ...network.options, delayOf }
    network.connectivity.refuse(first!.name, second!.name)
    network.connectivity.refuse(third!.name, second!.name)
    pass(four, afterMs)
    first!.pause()
    pass(four, 1_000)
    network.connectivity.heal()
    first!.resume()
    pass(four, 5_000)
    // The sleeper itself may be out: it was silent for a while.
    return second!.process!.rejoins === 0 && !first!.process!.downs.includes(second!.name)
  }

  it.each(quorums)('who slept does not expel the healthy (QUORUM = %s)', (quorum) => {
    const moments = Array.from({ length: 60 }, (_, at) => at * 20)
    expect(moments.filter((afterMs) => !sleeper(soundRules, quorum, afterMs))).toEqual([])
    const caught = moments.find((afterMs) => !sleeper(variants['pause-unnoticed'], quorum, afterMs))
    console.log(`pause-unnoticed (${quorum}): caught when it sleeps ${caught} ms after the firewall`)
    expect(caught).toBeDefined()
  })

  /** c sleeps until it is expelled, with answers and perhaps a view in its socket that still know it. */
  const expelled = (rules: GmsRules, quorum: GroupOptions['quorum'], viewWaits: boolean, seed = 3) => {
    const four = new SimulatedGroup(new World({ seed }), { servers: 4, quorum, rules })
    if (viewWaits) four.server('d').crash()
    expect(four.settle()).toBeDefined()
    const last = four.server(order(four).at(-1)!)
    const { network } = four.world
    const slow = { minMs: 200, meanMs: 200 }
    network.options = { ...network.options, delayOf: (_from, to) => (to === last.name ? slow : undefined) }
    pass(four, 2_000)
    const life = last.process!.membership.incarnation
    if (viewWaits) {
      four.server('d').restart()
      const isIn = () => four.servers.some(({ name, process }) => name !== last.name && process?.names.includes('d:1'))
      expect(four.world.run(isIn, { forMs: 5_000 })).toBe(true)
      if (quorum === 'majority') pass(four, 30)
    }
    last.pause()
    pass(four, 8_000)
    last.resume()
    const held = !last.process!.confirmed
    expect(four.settle()).toBeDefined()
    return { held, confirmedOldLife: last.process!.confirmations.includes(life), rejoins: last.process!.rejoins }
  }

  it.each(quorums)('who was expelled in its sleep delivers nothing before it knows (QUORUM = %s)', (quorum) => {
    expect(expelled(soundRules, quorum, false)).toEqual({ held: true, confirmedOldLife: false, rejoins: 1 })
    expect(expelled(variants['delivers-at-once'], quorum, false)).toMatchObject({ held: false })
  })

  it.each(quorums)('an answer from before the expulsion does not confirm it (QUORUM = %s)', (quorum) => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
    const wrong = (rules: GmsRules) => seeds.filter((seed) => expelled(rules, quorum, false, seed).confirmedOldLife)
    expect(wrong(soundRules)).toEqual([])
    const caught = wrong(variants['old-answer-confirms'])
    console.log(`old-answer-confirms (${quorum}): seeds ${caught.join()}`)
    expect(caught).not.toEqual([])
  })

  it.each(quorums)('nor does a view from before it (QUORUM = %s)', (quorum) => {
    expect(expelled(soundRules, quorum, true)).toEqual({ held: true, confirmedOldLife: false, rejoins: 1 })
  })
})

describe('M4: lives of one name', () => {
  /** The coordinator restarts faster than anybody notices; how long until it is in again, in milliseconds. */
  const restarting = (rules: GmsRules, quorum: GroupOptions['quorum'], seed = 1): number => {
    const three = settled({ rules, quorum, seed })
    three.server(order(three)[0]!).restart()
    return three.settle(60_000) ?? Number.POSITIVE_INFINITY
  }

  it.each(quorums)('a later life proves the older gone (QUORUM = %s)', (quorum) => {
    expect(restarting(soundRules, quorum)).toBeLessThan(500)
    // Its old life has to fall silent first.
    expect(restarting(variants['later-life-ignored'], quorum)).toBeGreaterThan(1_500)
  })

  it('who is told "the coordinator is you" does not wait for itself', () => {
    const seeds = [1, 2, 3, 4, 5]
    const longest = (rules: GmsRules) => Math.max(...seeds.map((seed) => restarting(rules, 'none', seed)))
    expect(longest(soundRules)).toBeLessThan(400)
    // It asks around again after a join time-out.
    expect(longest(variants['waits-for-itself'])).toBeGreaterThan(700)
  })

  /** The clock of one machine is set back by an hour, and its process restarts at once, without memory. */
  const setBack = (rules: GmsRules, quorum: GroupOptions['quorum'], place: 0 | 2): number => {
    const three = settled({ rules, quorum, memory: false })
    const node = three.server(order(three)[place]!)
    node.clock.jumpWall(-3_600_000)
    node.restart()
    return three.settle(60_000) ?? Number.POSITIVE_INFINITY
  }

  it.each(quorums)('a clock set back by an hour keeps nobody out (QUORUM = %s)', (quorum) => {
    for (const place of [0, 2] as const) expect(setBack(soundRules, quorum, place)).toBeLessThan(500)
    expect(setBack(variants['refusal-names-nothing'], quorum, 2)).toBeGreaterThan(1_500)
  })
})

describe('M5: a branch', () => {
  it('has a lineage of its own: two sides never commit one version', () => {
    const scenario = (rules: GmsRules): void => {
      const five = settled({ rules, servers: 5 })
      const committed = new Map<string, string>()
      five.world.always(() => checkViews(five, committed))
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
    const four = settled({ rules, servers: 4 })
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
    world.always(() => checkViews(four, committed))
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
