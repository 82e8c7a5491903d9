import { incarnation } from '@ring/platform'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { soundRules } from '../core/rules.ts'
import { order, pass, quorums, settled } from './settled-group.ts'
import { SimulatedGroup } from './simulated-group.ts'

describe('M4: two nodes of one name', () => {
  it.each(quorums)('the later one does not join while it hears of the other (%s)', (quorum) => {
    const world = new World({ seed: 1 })
    const group = new SimulatedGroup(world, { servers: 3, quorum })
    const { membership } = group.member('a')
    for (let second = 0; second < 20; second++) {
      membership.nameTaken('192.0.2.9', incarnation(membership.incarnation - 1))
      world.run(world.nowMs + 1_000)
    }
    expect(membership.status).toEqual({ phase: 'name-taken', at: '192.0.2.9' })
    expect(group.member('b').names.split(' ').sort()).toEqual(['b:1', 'c:1'])
    expect(group.settle()).toBeLessThan(12_000)
  })

  it('a member that hears of an earlier one says so, and the earlier one is not disturbed', () => {
    const three = settled({ rules: soundRules, servers: 3 })
    const { membership } = three.member(order(three)[1]!)
    membership.nameTaken('192.0.2.9', incarnation(membership.incarnation + 1))
    expect(membership.status).not.toHaveProperty('obstacle')
    membership.nameTaken('192.0.2.9', incarnation(membership.incarnation - 1))
    expect(membership.status).toMatchObject({ obstacle: { kind: 'name-taken', at: '192.0.2.9' } })
    pass(three, 11_000)
    expect(membership.status).not.toHaveProperty('obstacle')
  })
})
