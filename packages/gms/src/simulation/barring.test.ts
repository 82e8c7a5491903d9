import type { NodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import type { Bar } from '../core/record/bar.ts'
import { type GmsRules, soundRules } from '../core/rules.ts'
import { order, pass, quorums, settled } from './settled-group.ts'
import type { GroupOptions, SimulatedGroup, SimulatedMember } from './simulated-group.ts'
import { variants } from './variants.ts'

interface Outing {
  readonly group: SimulatedGroup
  readonly out: SimulatedMember
  readonly name: NodeName
  /** When it was asked for; with a quorum its lease is waited for (rule L1). */
  readonly atMs: number
  /** Whether the view of the others has the name now. */
  isIn(): boolean
}

/** Four servers, and the one at that place is taken out by the second. */
function expelled(rules: GmsRules, quorum: GroupOptions['quorum'], place: 0 | 3, bar?: Bar): Outing {
  const group = settled({ rules, servers: 4, quorum })
  pass(group, 1_000)
  const letters = order(group)
  const { name } = group.server(letters[place]!)
  const out = group.member(letters[place]!)
  const atMs = group.world.nowMs
  group.member(letters[1]!).membership.expel(name, bar)
  const others = () => group.running.filter((one) => one !== out && one.membership.record)
  const isIn = () => others().some((one) => one.names.split(' ').includes(name))
  const isOut = () => !isIn() && out.rejoins > 0
  if (!group.world.run(isOut, { forMs: 5_000 })) throw new Error(`${name} is still in`)
  return { group, out, name, atMs, isIn }
}

/** The others are one group without it. */
function agreeWithout({ group, out }: Outing): boolean {
  const others = group.running.filter((one) => one !== out)
  return (
    new Set(others.map(({ membership }) => `${membership.record!.lineage} ${membership.record!.version}`)).size === 1
  )
}

const forGood: Bar = { kind: 'until-admitted' }

describe.each(quorums)('M8: who is barred stays out (QUORUM = %s)', (quorum) => {
  it.each([0, 3] as const)('is refused and says so, until it is admitted (place %i)', (place) => {
    const outing = expelled(soundRules, quorum, place, forGood)
    const { group, out, name, isIn } = outing
    let wasIn = false
    group.world.run(
      () => {
        wasIn ||= isIn() || out.membership.status.phase === 'member'
        return false
      },
      { forMs: 20_000 },
    )
    expect(wasIn).toBe(false)
    expect(out.statuses.some(({ phase }) => phase === 'barred')).toBe(true)
    expect(agreeWithout(outing)).toBe(true)
    for (const one of group.running.filter((other) => other !== out))
      expect(one.membership.record!.view.barred).toEqual([name])
    group.running.findLast((one) => one !== out)!.membership.admit(name)
    expect(group.settle()).toBeLessThan(3_000)
    expect(group.running[0]!.membership.record!.view.barred).toEqual([])
  })

  it('comes back at once with the rule taken out', () => {
    const scenario = (rules: GmsRules): boolean => {
      const { group, out, name } = expelled(rules, quorum, 3, forGood)
      pass(group, 5_000)
      expect(out.statuses.some(({ phase }) => phase === 'barred')).toBe(rules.barredStayOut)
      return isInAny(group, name)
    }
    expect(scenario(soundRules)).toBe(false)
    expect(scenario(variants['barred-come-back'])).toBe(true)
  })

  it('stays out when its process starts again, and when the coordinator is another one', () => {
    const outing = expelled(soundRules, quorum, 3, forGood)
    const { group, name, isIn } = outing
    const node = group.servers.find((one) => one.name === name)!
    node.restart()
    pass(group, 5_000)
    expect(isInAny(group, name)).toBe(false)
    expect(node.process!.statuses.some(({ phase }) => phase === 'barred')).toBe(true)
    const coordinator = coordinatorOf(group)
    coordinator.crash()
    pass(group, 10_000)
    expect(isInAny(group, name)).toBe(false)
    expect(isIn()).toBe(false)
  })

  it('is let in by itself when its time is over, and not before', () => {
    const { group, atMs, isIn } = expelled(soundRules, quorum, 3, { kind: 'for', ms: 6_000 })
    group.world.run(atMs + 5_900)
    expect(isIn()).toBe(false)
    expect(group.settle()).toBeLessThan(4_000)
    const { barred, paroles = [] } = group.running[0]!.membership.record!.view
    expect({ barred, paroles }).toEqual({ barred: [], paroles: [] })
  })

  it('is let in by itself although the coordinator is another one by then', () => {
    const { group, name, atMs, isIn } = expelled(soundRules, quorum, 3, { kind: 'for', ms: 6_000 })
    coordinatorOf(group).crash()
    group.world.run(atMs + 5_900)
    expect(isIn()).toBe(false)
    expect(group.settle()).toBeLessThan(5_000)
    expect(isInAny(group, name)).toBe(true)
  })

  it('is let in when its time ended while nobody coordinated for a while', () => {
    const { group, name, isIn } = expelled(soundRules, quorum, 3, { kind: 'for', ms: 2_000 })
    const coordinator = coordinatorOf(group)
    coordinator.pause()
    expect(isIn()).toBe(false)
    pass(group, 15_000)
    expect(isInAny(group, name)).toBe(true)
    coordinator.resume()
    expect(group.settle()).toBeDefined()
  })

  it('who is expelled and not barred hears it, and is back with another life', () => {
    for (const place of [0, 3] as const) {
      const { group, out, name } = expelled(soundRules, quorum, place)
      expect(group.settle(), `place ${place}`).toBeLessThan(3_000)
      expect(out.rejoins).toBe(1)
      expect(group.running.every(({ names }) => names.endsWith(name))).toBe(true)
    }
  })

  it('a name that is not in the group can be barred before it comes', () => {
    const group = settled({ rules: soundRules, servers: 4, quorum })
    const last = group.server(order(group)[3]!)
    last.crash()
    expect(group.settle()).toBeDefined()
    group.member(order(group)[1]!).membership.expel(last.name, forGood)
    pass(group, 1_000)
    last.restart()
    pass(group, 5_000)
    expect(isInAny(group, last.name)).toBe(false)
    expect(last.process!.membership.status.phase).not.toBe('member')
  })
})

/** The first of the view that most have. */
function coordinatorOf(group: SimulatedGroup): SimulatedGroup['servers'][number] {
  const { name } = group.running.find(({ membership }) => membership.status.phase === 'member')!.membership.record!.view
    .members[0]!
  return group.servers.find((one) => one.name === name)!
}

function isInAny(group: SimulatedGroup, name: NodeName): boolean {
  return group.running.some(({ membership }) =>
    membership.status.phase === 'member' ? membership.record!.view.members.some((one) => one.name === name) : false,
  )
}
