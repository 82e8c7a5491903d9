import { describe, expect, it } from 'vitest'
import { followingPart } from '../core/record/sample-records.ts'
import { type GmsRules, soundRules } from '../core/rules.ts'
import { lives, order, pass, quorums, settled } from './settled-group.ts'
import type { GroupOptions, SimulatedGroup } from './simulated-group.ts'
import { variants } from './variants.ts'

describe('M1: view and state change in one commit', () => {
  /** A table of who is in sync, which a death has to be taken out of. */
  const inSync = followingPart('serving', (_own, { view }) => view.members.map(({ name }) => name))

  /** Who stands in sync in a record of a view without it, after the member at that place has died. */
  const scenario = (rules: GmsRules, quorum: GroupOptions['quorum'], place: 0 | 2): readonly string[] => {
    const three = settled({ rules, quorum, parts: [inSync] })
    three.server(order(three)[place]!).crash()
    expect(three.settle()).toBeDefined()
    const wrong = three.running[0]!.views.map(({ view, state }) =>
      (state as { readonly serving: readonly string[] }).serving.filter(
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
