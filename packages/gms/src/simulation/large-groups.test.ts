import { describe, expect, it } from 'vitest'
import { type GmsRules, soundRules } from '../core/rules.ts'
import { pass } from './settled-group.ts'
import { tapped } from './tapped-group.ts'
import { variants } from './variants.ts'

/** A group of that many, of which a few stand in the configuration. */
const large = (servers: number, rules: GmsRules = soundRules) =>
  tapped({ servers, configured: 5, quorum: 'none', rules })

describe('B3: above 64 members', () => {
  it('changes are paced: twenty that join within a second make two views (rule largeGroupsArePaced)', () => {
    const scenario = (rules: GmsRules): number => {
      const { group } = large(100, rules)
      const coordinator = group.member('a').membership
      const first = coordinator.record!.view.members[0]!.name
      const newcomers = group.servers.filter(({ name }) => name !== first).slice(-20)
      for (const node of newcomers) node.crash()
      expect(group.settle(20_000)).toBeDefined()
      pass(group, 2_000)
      const { version } = coordinator.record!
      for (const [at, node] of newcomers.entries()) group.world.after(at * 40, () => node.restart())
      pass(group, 900)
      expect(group.settle(20_000)).toBeDefined()
      return coordinator.record!.version - version
    }
    const [sound, unpaced] = [scenario(soundRules), scenario(variants.unpaced)]
    console.log(`20 joins: ${sound} views; unpaced: ${unpaced}`)
    expect(sound).toBeLessThanOrEqual(2)
    expect(unpaced).toBeGreaterThan(5)
  })

  it('there is no full mesh: after a minute a member has a link to its neighbours and hardly to anybody else', () => {
    const { group, tap } = large(100)
    const before = group.running.map(({ views }) => views.length)
    pass(group, 60_000)
    const links = group.servers.map(({ name }) => tap.linksOf(name))
    console.log(
      `100 members: ${Math.max(...links)} links at most, ${links.reduce((sum, one) => sum + one, 0) / 100} on average`,
    )
    expect(Math.max(...links)).toBeLessThanOrEqual(16)
    expect(Math.min(...links)).toBeGreaterThanOrEqual(4)
    // And nobody took the end of a link for a death.
    expect(group.running.map(({ views }) => views.length)).toEqual(before)
    expect(group.running.flatMap(({ downs }) => downs)).toEqual([])
  })

  it('a group of usual size keeps its full mesh', () => {
    const { group, tap } = tapped({ servers: 10, quorum: 'none' })
    pass(group, 60_000)
    expect(group.servers.map(({ name }) => tap.linksOf(name))).toEqual(group.servers.map(() => 9))
  })

  it('a crash is known to all, though few of them had a link to the dead', () => {
    const { group } = large(100)
    pass(group, 30_000)
    for (const place of [0, 50]) {
      const { name } = group.running[0]!.membership.record!.view.members[place]!
      group.servers.find((node) => node.name === name)!.crash()
      expect(group.settle(10_000), `place ${place}`).toBeLessThan(6_000)
      expect(group.running[0]!.changes.at(-1)!.left).toMatchObject([{ member: { name }, why: 'gone' }])
      pass(group, 2_000)
    }
  })

  it('leavers of a large group are told apart from the failed, and do not wait for the pace for long', () => {
    const { group } = large(80)
    const members = group.running[0]!.membership.record!.view.members
    for (const place of [0, 40]) {
      const node = group.servers.find(({ name }) => name === members[place]!.name)!
      node.process!.leave()
      expect(
        group.world.run(() => node.process!.left, { forMs: 2_000 }),
        `place ${place}`,
      ).toBe(true)
      node.stop()
      expect(group.settle(10_000)).toBeLessThan(3_000)
      const rest = group.running
      expect(rest.filter(({ changes }) => changes.at(-1)!.left[0]?.why !== 'left')).toEqual([])
      pass(group, 1_500)
    }
  })
})
