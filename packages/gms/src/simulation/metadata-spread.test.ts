import { describe, expect, it } from 'vitest'
import type { MemberMetadata } from '../core/record/metadata.ts'
import { soundRules } from '../core/rules.ts'
import { MetadataError } from '../joining/membership-errors.ts'
import { order, pass, quorums, settled } from './settled-group.ts'
import type { SimulatedGroup } from './simulated-group.ts'
import { tapped } from './tapped-group.ts'

const east: MemberMetadata = { zone: 'east', weight: 2, labels: { rack: 'r1' } }

/** What every running process, slaves included, knows of a name. */
function known(group: SimulatedGroup, name: string): readonly (MemberMetadata | undefined)[] {
  return group.running.map(
    ({ membership }) => membership.record?.view.members.find((member) => member.name === name)?.metadata,
  )
}

function everybodyKnows(group: SimulatedGroup, name: string, wanted: MemberMetadata, forMs = 2_000): boolean {
  const isKnown = () => known(group, name).every((one) => JSON.stringify(one) === JSON.stringify(wanted))
  return group.world.run(isKnown, { forMs })
}

describe.each(quorums)('B3: what a member says of itself (QUORUM = %s)', (quorum) => {
  it('spreads with the next view, as a change of this member alone', () => {
    for (const place of [0, 3]) {
      const group = settled({ rules: soundRules, servers: 4, quorum })
      const { name, process } = group.server(order(group)[place]!)
      const { epoch, version } = process!.membership.record!
      process!.membership.describe(east)
      expect(everybodyKnows(group, name, east, 500), `place ${place}`).toBe(true)
      for (const member of group.running) {
        expect(member.changes.at(-1)).toMatchObject({ joined: [], left: [], updated: [{ name, metadata: east }] })
        // Nobody came or went: what is fenced by the epoch goes on.
        expect(member.membership.record).toMatchObject({ epoch, version: version + 1 })
      }
    }
  })

  it('says the last word, however fast the words follow each other', () => {
    const group = settled({ rules: soundRules, servers: 4, quorum })
    const { name, process } = group.server(order(group)[2]!)
    for (let weight = 1; weight <= 50; weight++) process!.membership.describe({ weight })
    expect(everybodyKnows(group, name, { weight: 50 })).toBe(true)
    pass(group, 2_000)
    const { version } = process!.membership.record!
    process!.membership.describe({ weight: 50 })
    pass(group, 2_000)
    expect(process!.membership.record!.version).toBe(version)
  })

  it('survives a rejoin', () => {
    const group = settled({ rules: soundRules, servers: 4, quorum })
    const { name, process } = group.server(order(group)[2]!)
    process!.membership.describe(east)
    expect(everybodyKnows(group, name, east)).toBe(true)
    group.member(order(group)[0]!).membership.expel(name)
    expect(group.world.run(() => process!.rejoins > 0, { forMs: 5_000 })).toBe(true)
    expect(group.settle()).toBeDefined()
    expect(everybodyKnows(group, name, east, 1_000)).toBe(true)
    expect(process!.rejoins).toBe(1)
  })

  it('survives the loss of the coordinator that was told', () => {
    for (const ending of ['crash', 'pause'] as const) {
      const group = settled({ rules: soundRules, servers: 4, quorum })
      const letters = order(group)
      const { name, process } = group.server(letters[2]!)
      group.server(letters[0]!)[ending]()
      process!.membership.describe(east)
      const others = letters.slice(1).map((letter) => group.member(letter))
      const isKnown = () =>
        others.every(
          ({ membership }) =>
            membership.record!.view.members.find((member) => member.name === name)?.metadata?.zone === 'east',
        )
      expect(group.world.run(isKnown, { forMs: 10_000 }), ending).toBe(true)
    }
  })

  it('is told again when the word got lost', () => {
    const { group, tap } = tapped({ servers: 4, quorum })
    const { name, process } = group.server(order(group)[2]!)
    let lost = 0
    tap.loses = ({ type }) => type === 'gms.describe' && lost++ < 2
    process!.membership.describe(east)
    expect(everybodyKnows(group, name, east, 5_000)).toBe(true)
    expect(lost).toBeGreaterThanOrEqual(2)
  })

  it('R10: is there again after all have restarted', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const group = settled({ rules: soundRules, servers: 3, quorum, seed })
      for (const node of group.servers) node.crash()
      pass(group, 5_000)
      for (const [at, node] of group.servers.entries()) {
        node.restart()
        // As a process does that has it in its configuration.
        node.process!.membership.describe({ zone: `z${at}` })
      }
      expect(group.settle(), `seed ${seed}`).toBeDefined()
      for (const [at, { name }] of group.servers.entries())
        expect(everybodyKnows(group, name, { zone: `z${at}` }), `seed ${seed} ${name}`).toBe(true)
    }
  })

  it('is refused where it is too much, and nothing changes', () => {
    const group = settled({ rules: soundRules, servers: 3, quorum })
    const { name, process } = group.server(order(group)[1]!)
    process!.membership.describe(east)
    expect(everybodyKnows(group, name, east)).toBe(true)
    const before = process!.membership.record
    for (const wrong of [{ zone: 'x'.repeat(65) }, { weight: 0 }, { addresses: Array<string>(9).fill('h:1') }])
      expect(() => process!.membership.describe(wrong)).toThrow(MetadataError)
    pass(group, 2_000)
    expect(process!.membership.record).toBe(before)
  })
})

it.each(quorums)('B3: a slave hears it as well (QUORUM = %s)', (quorum) => {
  const { group } = tapped({ servers: 3, slaves: 2, quorum })
  const { name, process } = group.server(order(group)[1]!)
  process!.membership.describe(east)
  expect(everybodyKnows(group, name, east)).toBe(true)
  expect(group.slaves.every((slave) => slave.process!.changes.at(-1)!.updated[0]!.name === name)).toBe(true)
})
