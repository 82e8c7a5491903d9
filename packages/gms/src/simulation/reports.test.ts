import { describe, expect, it } from 'vitest'
import { soundRules } from '../core/rules.ts'
import { timingOf } from '../core/timing.ts'
import { order, pass, quorums, settled } from './settled-group.ts'
import type { SimulatedGroup } from './simulated-group.ts'

/** Voters wait for the lease of whom they take out (rule L1). */
const boundMs = { none: 1_200, majority: 1_200 + timingOf('default').leaseMs } as const

/** How long until nobody but itself has a member in the view, in milliseconds. */
function expulsionOf(group: SimulatedGroup, name: string, forMs: number): number | undefined {
  const startMs = group.world.nowMs
  const others = group.running.filter((_, at) => group.servers[at]?.name !== name)
  const isOut = () => others.every(({ names }) => !names.split(' ').includes(name))
  return group.world.run(isOut, { forMs }) ? group.world.nowMs - startMs : undefined
}

describe.each(quorums)('B4: a report from outside (QUORUM = %s)', (quorum) => {
  it('expels a silent member within about a second, whoever hears of it', () => {
    for (const place of [0, 4]) {
      for (const reporter of [1, 3]) {
        for (let seed = 1; seed <= 3; seed++) {
          const group = settled({ rules: soundRules, servers: 5, quorum, seed })
          const letters = order(group)
          const silent = group.server(letters[place]!)
          silent.pause()
          pass(group, 20)
          group.member(letters[reporter]!).membership.report(silent.name)
          const tookMs = expulsionOf(group, silent.name, 10_000)
          expect(tookMs, `place ${place} reporter ${reporter} seed ${seed}`).toBeLessThan(boundMs[quorum])
        }
      }
    }
  })

  it('is no faster than the detector where nobody reports', () => {
    const group = settled({ rules: soundRules, servers: 5, quorum })
    const silent = group.server(order(group)[4]!)
    silent.pause()
    expect(expulsionOf(group, silent.name, 10_000)).toBeGreaterThan(boundMs.none)
  })

  it('never expels a healthy member, however often and by whomever it is reported', () => {
    const group = settled({ rules: soundRules, servers: 5, quorum })
    const before = group.running.map(({ views }) => views.length)
    for (let round = 0; round < 100; round++) {
      for (const member of group.running) for (const { name } of group.servers) member.membership.report(name)
      pass(group, 100)
    }
    expect(group.running.map(({ views }) => views.length)).toEqual(before)
    expect(group.running.flatMap(({ downs }) => downs)).toEqual([])
  })

  it('never expels a member that only the reporter does not reach', () => {
    for (const way of ['cut', 'refuse'] as const) {
      const group = settled({ rules: soundRules, servers: 5, quorum })
      const [, second, , fourth] = order(group).map((letter) => group.server(letter))
      group.world.network.connectivity[way](second!.name, fourth!.name)
      const { version } = second!.process!.membership.record!
      for (let round = 0; round < 10; round++) {
        second!.process!.membership.report(fourth!.name)
        pass(group, 500)
      }
      expect(second!.process!.membership.record!.version, way).toBe(version)
    }
  })

  it('of a name that nobody knows, or of oneself, is nothing', () => {
    const group = settled({ rules: soundRules, servers: 3, quorum })
    const before = group.running.map(({ views }) => views.length)
    const { name, process } = group.server('a')
    process!.membership.report('nobody:1' as typeof name)
    process!.membership.report(name)
    pass(group, 3_000)
    expect(group.running.map(({ views }) => views.length)).toEqual(before)
    expect(process!.suspects).toEqual([])
  })
})

describe.each(quorums)('B4: who falls silent (QUORUM = %s)', (quorum) => {
  it('is suspected, and heard again, and stays', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const group = settled({ rules: soundRules, servers: 5, quorum, seed })
      const { name } = group.server(order(group)[4]!)
      const others = group.servers.filter((node) => node.name !== name).map(({ process }) => process!)
      const { version } = others[0]!.membership.record!
      group.world.network.connectivity.isolate(name)
      const suspected = () => others.some(({ suspects }) => suspects.some((one) => one.name === name && one.suspected))
      expect(group.world.run(suspected, { forMs: 3_000 }), `seed ${seed}`).toBe(true)
      group.world.network.connectivity.rejoin(name)
      pass(group, 5_000)
      for (const { suspects, membership } of others) {
        const words = suspects.filter((one) => one.name === name).map((one) => one.suspected)
        // In turn, and no doubt is left open.
        expect(words, `seed ${seed}`).toEqual(words.map((_, at) => at % 2 === 0))
        expect(words.length % 2, `seed ${seed}`).toBe(0)
        expect(membership.record!.version).toBe(version)
      }
    }
  })

  it('is suspected before the view is without it', () => {
    const group = settled({ rules: soundRules, servers: 5, quorum })
    const silent = group.server(order(group)[2]!)
    const others = group.servers.filter((node) => node !== silent).map(({ process }) => process!)
    silent.pause()
    expect(group.world.run(() => others.every(({ names }) => !names.includes(silent.name)), { forMs: 6_000 })).toBe(
      true,
    )
    for (const { suspects } of others) expect(suspects).toContainEqual({ name: silent.name, suspected: true })
    for (const { suspects } of others) expect(suspects.every(({ name }) => name === silent.name)).toBe(true)
  })
})
