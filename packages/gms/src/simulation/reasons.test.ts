import { describe, expect, it } from 'vitest'
import type { LeaveReason } from '../core/record/view.ts'
import { soundRules } from '../core/rules.ts'
import { order, pass, quorums, settled } from './settled-group.ts'
import type { SimulatedGroup, SimulatedMember } from './simulated-group.ts'
import { tapped } from './tapped-group.ts'

/** What makes a member go, and which word for it everybody hears. */
const ways = {
  left: (group, letter) => {
    const { process } = group.server(letter)
    process!.leave()
    group.world.run(() => process!.left, { forMs: 3_000 })
    group.server(letter).stop()
  },
  gone: (group, letter) => group.server(letter).crash(),
  failed: (group, letter) => group.server(letter).pause(),
  // A machine that is reset: the end of the old life is not heard. Whoever dials it first may take it out before it joins.
  replaced: (group, letter) => {
    const { connectivity } = group.world.network
    connectivity.isolate(group.server(letter).name)
    group.server(letter).restart()
    connectivity.rejoin(group.server(letter).name)
  },
  expelled: (group, letter) => {
    const other = order(group).find((one) => one !== letter)!
    group.member(other).membership.expel(group.server(letter).name)
  },
} as const satisfies Record<LeaveReason, (group: SimulatedGroup, letter: string) => void>

const reasons = Object.keys(ways) as readonly LeaveReason[]

/** Every reason that a member heard for the end of that name, beginning with its change of that number. */
function heard(member: SimulatedMember, name: string, since: number): readonly LeaveReason[] {
  const left = member.changes.slice(since).flatMap((change) => change.left)
  return left.filter((one) => one.member.name === name).map(({ why }) => why)
}

describe.each(quorums)('B3: everybody hears why a member went (QUORUM = %s)', (quorum) => {
  const places = ['the coordinator', 'the next', 'the last'] as const
  const cases = reasons.flatMap((why) => places.map((place) => [why, place] as const))

  it.each(cases)('%s: %s', (why, place) => {
    const group = settled({ rules: soundRules, servers: 5, quorum })
    pass(group, 1_000)
    const letters = order(group)
    const letter = letters[{ 'the coordinator': 0, 'the next': 1, 'the last': 4 }[place]]!
    const { name } = group.server(letter)
    const others = group.servers.filter((node) => node.name !== name).map(({ process }) => process!)
    const before = new Map(others.map((one) => [one, one.changes.length]))
    const told = () => others.map((one) => heard(one, name, before.get(one)!))
    ways[why](group, letter)
    group.world.run(() => told().every((some) => some.length > 0), { forMs: 12_000 })
    const first = told()[0]![0]!
    expect(why === 'replaced' ? ['replaced', 'gone'] : [why]).toContain(first)
    expect(told()).toEqual(others.map(() => [first]))
  })

  it('a later life that asks to be let in replaces the earlier one', () => {
    const group = settled({ rules: soundRules, servers: 5, quorum })
    const { name } = group.server(order(group)[4]!)
    const coordinator = group.member(order(group)[0]!)
    const leads = group.server(order(group)[0]!).name
    // What the others say of the earlier life comes after the later one has asked.
    const { network } = group.world
    const slow = { minMs: 120, meanMs: 120 }
    network.options = { ...network.options, delayOf: (from, to) => (to === leads && from !== name ? slow : undefined) }
    const whys = Array.from({ length: 10 }, () => {
      const since = coordinator.changes.length
      ways.replaced(group, name.slice(0, 1))
      expect(group.settle()).toBeDefined()
      pass(group, 1_000)
      return heard(coordinator, name, since)
    })
    expect(whys).toContainEqual(['replaced'])
  })

  it('two that crash at one moment go in one view, the coordinator among them', () => {
    const group = settled({ rules: soundRules, servers: 5, quorum })
    const letters = order(group)
    const rest = letters.slice(2).map((letter) => group.member(letter))
    const before = rest.map((one) => one.changes.length)
    for (const letter of letters.slice(0, 2)) group.server(letter).crash()
    expect(group.settle()).toBeLessThan(2_000)
    for (const [at, one] of rest.entries()) {
      const changes = one.changes.slice(before[at])
      expect(changes.flatMap(({ left }) => left.map(({ why }) => why))).toEqual(['gone', 'gone'])
      expect(changes.length).toBeLessThanOrEqual(2)
    }
  })

  it('a member that skipped versions still hears why, for each life by itself', () => {
    const { group, tap } = tapped({ servers: 6, quorum })
    const letters = order(group)
    const behind = group.member(letters[5]!)
    const { name } = group.server(letters[5]!)
    const [leaver, crashed, expelled] = [1, 2, 3].map((at) => group.server(letters[at]!)) as [
      (typeof group.servers)[number],
      (typeof group.servers)[number],
      (typeof group.servers)[number],
    ]
    const since = behind.changes.length
    const versions = () => group.member(letters[0]!).membership.record!.version - behind.membership.record!.version
    tap.loses = ({ to, type }) =>
      to === name && (['gms.view', 'gms.delta'].includes(type) || type.startsWith('register.'))
    ways.left(group, letters[1]!)
    crashed.crash()
    const hasGone = (one: string) => !group.member(letters[0]!).names.includes(one)
    expect(group.world.run(() => hasGone(leaver.name) && hasGone(crashed.name), { forMs: 5_000 })).toBe(true)
    group.member(letters[0]!).membership.expel(expelled.name, { kind: 'until-admitted' })
    expect(group.world.run(() => hasGone(expelled.name), { forMs: 6_000 })).toBe(true)
    expect(versions()).toBeGreaterThanOrEqual(3)
    expect(behind.changes.length).toBe(since)
    tap.loses = () => false
    expect(group.world.run(() => behind.changes.length > since, { forMs: 6_000 })).toBe(true)
    expect(heard(behind, leaver.name, since)).toEqual(['left'])
    expect(heard(behind, crashed.name, since)).toEqual(['gone'])
    expect(heard(behind, expelled.name, since)).toEqual(['expelled'])
    expect(behind.rejoins).toBe(0)
  })
})
