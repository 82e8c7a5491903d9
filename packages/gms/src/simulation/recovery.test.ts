import type { Disk, NodeName } from '@ring/platform'
import { readStored, recoverStored } from '@ring/register'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { recoveredContent } from '../core/record/recovery.ts'
import type { GroupRecord } from '../core/record/view.ts'
import { SimulatedGroup } from './simulated-group.ts'

function settled(servers: number, seed: number, slaves = 0): SimulatedGroup {
  const group = new SimulatedGroup(new World({ seed }), { servers, slaves, quorum: 'majority' })
  expect(group.settle(60_000)).toBeDefined()
  group.world.run(group.world.nowMs + 500)
  return group
}

function notNeeded(): never {
  throw new Error('not needed')
}

/** The disk of a node that does not run, at once. */
function diskOf(group: SimulatedGroup, letter: string): Disk {
  const { disk } = group.server(letter)
  return {
    read: (name, done) => done({ ok: true, value: disk.contents(name) }),
    replace: (name, bytes, done) => {
      disk.overwrite(name, bytes)
      done({ ok: true, value: undefined })
    },
    append: notNeeded,
    list: notNeeded,
    remove: notNeeded,
  }
}

/** `recover --force` at a node that is stopped, giving up every other voter. Returns the names. */
function recover(group: SimulatedGroup, letter: string): readonly NodeName[] {
  const { name, clock } = group.server(letter)
  const disk = diskOf(group, letter)
  let giveUp: readonly NodeName[] = []
  readStored(disk, (read) => {
    if (!read.ok || !read.value?.record) throw new Error('nothing stored')
    giveUp = read.value.voters.filter((voter) => voter !== name)
  })
  recoverStored(
    disk,
    {
      ...{ name, giveUp, lineage: `recovered at ${letter}`, wallMs: clock.wallMs() },
      content: (last, version) => recoveredContent(last as GroupRecord, name, version, []),
    },
    (result) => expect(result.ok).toBe(true),
  )
  return giveUp
}

describe('R8: recovery of a group that lost its majority', () => {
  it.each([1, 2, 3, 4, 5])('the one that is left is primary again, alone, and others join it (seed %d)', (seed) => {
    const group = settled(3, seed, 1)
    const { lineage } = group.member('c').membership.record!
    group.server('a').crash()
    group.server('b').crash()
    group.world.run(group.world.nowMs + 10_000)
    expect(group.member('c').membership.status).toMatchObject({ phase: 'member', nonPrimary: true, primary: false })
    group.server('c').crash()
    const givenUp = recover(group, 'c')
    group.server('c').restart()
    expect(group.settle()).toBeDefined()
    expect(group.world.run(() => group.member('c').membership.isPrimary, { forMs: 20_000 })).toBe(true)
    const { record } = group.member('c').membership
    expect(record).toMatchObject({ parent: { lineage, reason: 'recovered', givenUp }, ancestors: [lineage] })
    expect(record!.view.departed!.map(({ name }) => name)).toEqual(expect.arrayContaining(['a:1', 'b:1']))
    // One with a new disk, one with its old directory.
    group.server('a').restart('empty')
    group.server('b').restart()
    expect(group.settle(60_000)).toBeDefined()
    expect(group.member('b').membership.record).toMatchObject({ lineage: record!.lineage, parent: { givenUp } })
    expect(group.member('b').membership.record!.voters).toHaveLength(3)
    expect(group.world.run(() => group.member('b').membership.isPrimary, { forMs: 20_000 })).toBe(true)
  })

  it.each([1, 2, 3])(
    'a running node of the old lineage stops acting when it hears of it, and joins (seed %d)',
    (seed) => {
      const group = settled(5, seed)
      for (const letter of ['a', 'b', 'c']) group.server(letter).crash()
      group.world.run(group.world.nowMs + 10_000)
      group.server('d').crash()
      recover(group, 'd')
      group.server('d').restart()
      expect(group.settle()).toBeDefined()
      expect(group.member('e').rejoins).toBeGreaterThan(0)
      expect(group.member('e').membership.record!.lineage).toBe('recovered at d')
    },
  )

  it('one that is recovered while the others still have a quorum wins over them', () => {
    const group = settled(3, 1)
    group.server('a').crash()
    expect(group.settle()).toBeDefined()
    recover(group, 'a')
    group.server('a').restart()
    expect(group.settle(60_000)).toBeDefined()
    expect(group.member('b').membership.record!.lineage).toBe('recovered at a')
  })

  it('members that do not vote hear of it, too', () => {
    const group = settled(9, 1)
    const { voters } = group.member('a').membership.record!
    const voting = group.servers.filter(({ name }) => voters.some((voter) => voter.name === name))
    const [left, ...gone] = voting
    for (const node of gone) node.crash()
    // At once: later it would have proposed a record in which the others vote.
    left!.crash()
    recover(group, left!.name.slice(0, 1))
    left!.restart()
    expect(group.settle(60_000)).toBeDefined()
    expect(group.running).toHaveLength(3)
  })

  it('two that are recovered stay two rings, and both say so', () => {
    const group = settled(3, 1)
    for (const letter of ['a', 'b', 'c']) group.server(letter).crash()
    for (const letter of ['a', 'b']) {
      recover(group, letter)
      group.server(letter).restart()
    }
    const foreign = () => group.world.trace.lines().filter((line) => line.includes('group.foreign'))
    expect(group.world.run(() => foreign().length >= 2, { forMs: 30_000 })).toBe(true)
    group.world.run(group.world.nowMs + 30_000)
    expect(new Set(group.running.map(({ membership }) => membership.record?.lineage)).size).toBe(2)
    expect(foreign()).toHaveLength(2)
  })
})
