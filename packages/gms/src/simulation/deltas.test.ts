import { describe, expect, it } from 'vitest'
import type { GmsMessage } from '../core/messages.ts'
import { followingPart } from '../core/record/sample-records.ts'
import type { GroupRecord } from '../core/record/view.ts'
import { order, pass, quorums } from './settled-group.ts'
import type { SimulatedGroup } from './simulated-group.ts'
import { tapped } from './tapped-group.ts'

/** As large as placement's table of 512 partitions: who serves each, which follows from the view. */
const table = followingPart('table', (_own, { view, version }) => ({
  version,
  table: Array.from({ length: 512 }, (_, at) => [
    view.members[at % Math.max(1, view.members.length)]?.name,
    `copy ${at}`,
  ]),
}))

/** The last one of the view is down; the others have settled without it. */
function withoutLast(servers: number, quorum: 'none' | 'majority', slaves = 0) {
  const { group, tap } = tapped({ servers, quorum, slaves, parts: [table] })
  const last = group.server(order(group)[servers - 1]!)
  const letters = order(group).slice(0, servers - 1)
  last.crash()
  if (group.settle() === undefined) throw new Error('the rest did not settle')
  pass(group, 1_500)
  tap.forget()
  group.world.network.resetTraffic()
  return { group, tap, last, letters, before: group.member(letters[0]!).membership.record! }
}

/** Everybody came to the very same record, whichever way it came. */
function expectOneRecord(group: SimulatedGroup): GroupRecord {
  const [first, ...others] = group.running.map(({ membership }) => membership.record!)
  for (const other of others) expect(other).toEqual(first)
  return first!
}

describe('B3: views travel as deltas', () => {
  it('a join reaches a settled group in a small part of what the whole record takes (QUORUM = none)', () => {
    const { group, tap, last, letters } = withoutLast(6, 'none', 1)
    const coordinator = group.server(letters[0]!)
    last.restart()
    expect(group.settle()).toBeLessThan(2_000)
    const record = expectOneRecord(group)
    const [whole] = tap.of('gms.join-rsp')
    expect(whole!.bytes).toBeGreaterThan(7_000)
    const deltas = tap.of('gms.delta').filter(({ from }) => from === coordinator.name)
    const olds = [...record.view.members.slice(1, -1), ...group.slaves].map(({ name }) => name)
    expect(deltas.map(({ to }) => to).sort()).toEqual([...olds].sort())
    for (const { bytes } of deltas) expect(bytes).toBeLessThan(600)
    expect(tap.of('gms.view')).toEqual([])
    const sent = group.world.network.traffic(coordinator.name, 'control').bytesSent
    console.log(`join into 5: coordinator sent ${sent} bytes; a whole record has ${whole!.bytes}`)
    expect(sent).toBeLessThan(1.5 * whole!.bytes)
  })

  it('whoever does not vote gets deltas as well (QUORUM = majority)', () => {
    const { group, tap, last } = withoutLast(11, 'majority', 1)
    last.restart()
    expect(group.settle()).toBeLessThan(3_000)
    const record = expectOneRecord(group)
    const voters = new Set(record.voters.map(({ name }) => name))
    const others = record.view.members.filter(({ name }) => !voters.has(name) && name !== last.name)
    expect(others).toHaveLength(3)
    const told = new Set(tap.of('gms.delta').map(({ to }) => to))
    for (const { name } of [...others, ...group.slaves]) expect(told, name).toContain(name)
    expect(tap.of('gms.view').filter(({ to }) => to !== last.name)).toEqual([])
  })

  it.each(['joins', 'leaves', 'descriptions'] as const)('lead to the same record everywhere: %s', (kind) => {
    const { group, tap, last } = withoutLast(6, 'none', 1)
    for (let round = 1; round <= 5; round++) {
      if (kind === 'joins' || (kind === 'leaves' && round % 2 === 1)) last.restart()
      else if (kind === 'leaves') last.crash()
      else for (const { isUp, process } of group.servers) if (isUp) process!.membership.describe({ weight: round })
      pass(group, 1_500)
      expect(group.settle()).toBeDefined()
      expectOneRecord(group)
    }
    expect(tap.of('gms.delta').length).toBeGreaterThan(10)
    expect(tap.of('gms.view-req')).toEqual([])
  })

  it('who missed a version asks, and gets the whole', () => {
    const { group, tap, last, letters, before } = withoutLast(6, 'none')
    const behind = group.server(letters[3]!)
    let lost = 0
    tap.loses = ({ to, type }) => type === 'gms.delta' && to === behind.name && lost++ === 0
    last.restart()
    const ahead = () => group.member(letters[0]!).membership.record!.version > before.version
    expect(group.world.run(ahead, { forMs: 2_000 })).toBe(true)
    group.member(letters[0]!).membership.describe({ zone: 'east' })
    expect(group.settle()).toBeLessThan(3_000)
    expect(lost).toBeGreaterThan(0)
    expect(tap.of('gms.view').map(({ to }) => to)).toContain(behind.name)
    expectOneRecord(group)
    // With the whole it is abreast again, and the next step is small.
    tap.forget()
    group.member(letters[0]!).membership.describe({ zone: 'west' })
    expect(group.settle()).toBeLessThan(3_000)
    pass(group, 500)
    expect(tap.of('gms.delta').map(({ to }) => to)).toContain(behind.name)
    expect(tap.of('gms.view')).toEqual([])
  })

  it('a state that a client changed differently is not built upon: the whole comes', () => {
    const { group, tap, last, letters } = withoutLast(5, 'none')
    const odd = group.server(letters[2]!)
    // Another version of the program computes another table.
    let turned = 0
    tap.rewrite = (from, message) => {
      if (from !== group.server(letters[0]!).name || message.type !== 'gms.delta' || turned++ > 0) return message
      return { ...message, delta: { ...message.delta, digest: message.delta.digest + 1 } }
    }
    last.restart()
    expect(group.settle()).toBeLessThan(3_000)
    expect(turned).toBeGreaterThan(0)
    expect(tap.of('gms.view-req').length).toBeGreaterThan(0)
    expect(odd.process!.membership.record).toEqual(group.member(letters[0]!).membership.record)
  })
})

describe('a node of 0.2.0 in the ring', () => {
  it.each(quorums)('gets whole records, and the others deltas (QUORUM = %s)', (quorum) => {
    const servers = quorum === 'none' ? 5 : 11
    const old = quorum === 'none' ? 'c:1' : 'k:1'
    const { group, tap } = tapped({ servers, quorum, parts: [table] }, (wire) => {
      wire.rewrite = (from, message) => (from === old ? asOld(message) : message)
      // What it does not know it never says.
      wire.loses = ({ from, type }) => from === old && ['gms.describe', 'gms.delta', 'gms.idle'].includes(type)
    })
    const last = group.server(
      order(group).find((letter) => letter !== 'a' && letter !== old[0] && letter !== order(group)[0])!,
    )
    const speaks = () => group.running[0]!.membership.record!.view.members.find(({ name }) => name === old)!.speaks
    expect(speaks()).toBeUndefined()
    tap.forget()
    last.restart()
    expect(group.settle()).toBeLessThan(5_000)
    group.member('a').membership.describe({ zone: 'east' })
    pass(group, 500)
    expect(group.settle()).toBeLessThan(5_000)
    expect(tap.of('gms.delta').filter(({ to }) => to === old)).toEqual([])
    expect(tap.of('gms.view').some(({ to }) => to === old)).toBe(true)
    expect(tap.of('gms.delta').length).toBeGreaterThan(0)
    expectOneRecord(group)
  })
})

/** As a node says it that has never heard of deltas. */
function asOld(message: GmsMessage): GmsMessage {
  if (message.type !== 'gms.join-req') return message
  const { name, incarnation, address, voterId } = message.applicant
  return { type: 'gms.join-req', applicant: { name, incarnation, address, voterId } }
}
