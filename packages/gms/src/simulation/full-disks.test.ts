import { defaultDiskOptions, runSeeds, type SimulatedNode, seedsFrom } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { type GmsRules, soundRules } from '../core/rules.ts'
import { checkRecords } from './checks.ts'
import { order, pass, settled } from './settled-group.ts'
import { SimulatedGroup } from './simulated-group.ts'
import { variants } from './variants.ts'

function fill(node: SimulatedNode, writeFailure = 1): void {
  node.disk.options = { ...defaultDiskOptions, writeFailure }
}

/** The coordinator's disk is full, and another server dies and is started again; whether it comes back, and how soon. */
function comesBack(rules: GmsRules, seed: number): number | undefined {
  const five = settled({ rules, servers: 5, quorum: 'majority', seed })
  const [first, , , fourth] = order(five)
  fill(five.server(first!))
  five.server(fourth!).crash()
  pass(five, 5_000)
  five.server(fourth!).restart()
  return five.settle(20_000)
}

describe('R4: a coordinator that cannot store its votes', () => {
  it('passes the role on: who died goes out, and comes in again', () => {
    for (const seed of seedsFrom({}, 10)) expect(comesBack(soundRules, seed), `seed ${seed}`).toBeLessThan(4_000)
    expect(comesBack(variants['full-disk-keeps-role'], 1)).toBeUndefined()
  })

  it('says so, stays a member, and acts again when its disk is well', () => {
    const three = settled({ rules: soundRules, servers: 3, quorum: 'majority' })
    const [first, second] = order(three)
    const { membership } = three.member(first!)
    const statusOf = (letter: string) => three.member(letter).membership.status
    fill(three.server(first!))
    three.member(second!).membership.describe({ zone: 'east' })
    pass(three, 3_000)
    expect(three.member(second!).membership.record!.view.members[1]!.metadata).toMatchObject({ zone: 'east' })
    expect(membership.canVote).toBe(false)
    expect(statusOf(first!)).toMatchObject({ phase: 'member', nonPrimary: false, obstacle: { kind: 'cannot-vote' } })
    expect(statusOf(second!)).not.toHaveProperty('obstacle')
    fill(three.server(first!), 0)
    pass(three, 2_000)
    expect(membership.canVote).toBe(true)
    expect(statusOf(first!)).not.toHaveProperty('obstacle')
    expect(three.settle()).toBeDefined()
    three.member(second!).membership.describe({ zone: 'west' })
    expect(three.settle()).toBeDefined()
  })

  it('of a whole ring that restarts leads nobody back, and the others do not wait for it (R10)', () => {
    const three = settled({ rules: soundRules, servers: 3, quorum: 'majority' })
    const [first] = order(three)
    for (const node of three.servers) node.crash()
    fill(three.server(first!))
    for (const node of three.servers) node.restart()
    const rest = three.servers.filter(({ name }) => !name.startsWith(first!))
    const areBack = () => rest.every(({ process }) => process!.membership.status.phase === 'member')
    expect(three.world.run(areBack, { forMs: 10_000 })).toBe(true)
    fill(three.server(first!), 0)
    expect(three.settle()).toBeDefined()
  })
})

describe('any disk, any seed', () => {
  it('R4: never two records of one version, and joins go through while a quorum can vote', () => {
    runSeeds({
      name: 'full disks',
      seeds: seedsFrom(process.env, 30),
      scenario: (world) => {
        const five = new SimulatedGroup(world, { servers: 5, quorum: 'majority' })
        const committed = new Map<number, string>()
        five.onEachView(() => checkRecords(five, committed))
        if (five.settle() === undefined) throw new Error('no group')
        for (let turn = 0; turn < 5; turn++) {
          // Of four that are left when one restarts, three can still vote.
          const at = world.random.uint32() % 5
          fill(five.servers[at]!, turn % 2 === 0 ? 1 : 0.7)
          const other = five.servers[(at + 1 + (world.random.uint32() % 4)) % 5]!
          other.restart()
          const isIn = () =>
            five.servers.every(
              ({ process }) =>
                process!.membership.record?.view.members.some(
                  ({ name, incarnation }) =>
                    name === other.name && incarnation === other.process!.membership.incarnation,
                ) === true,
            )
          if (!world.run(isIn, { forMs: 30_000 })) throw new Error(`turn ${turn}: ${other.name} did not come in`)
          for (const node of five.servers) fill(node, 0)
          if (five.settle(60_000) === undefined) throw new Error(`turn ${turn}: no common view`)
        }
      },
    })
  })
})
