import { type GroupRecord, type Member, StateParts, type View, type ViewChange } from '@ring/gms'
import { runsBetween } from '@ring/placement'
import { address, incarnation, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { type PlacementSettings, type PlacementState, placementPart, routingOf } from './placement-state.ts'

const member = (name: string): Member => ({
  name: nodeName(name),
  incarnation: incarnation(1),
  address: address(`${name}:8020`),
  voterId: name,
  why: 'joined',
})

const viewOf = (...names: string[]): View => ({ members: names.map(member), barred: [] })

function record(state: unknown, view: View): GroupRecord {
  return { lineage: 'l', version: 7, epoch: 7, view, state } as unknown as GroupRecord
}

/** The state after a view, as the record gets it. */
function placementAfter(settings: PlacementSettings) {
  const parts = new StateParts([placementPart(settings)])
  return (state: unknown, change: ViewChange, view: View, version: number) =>
    parts.follow(state, { change, view, version })
}

describe('the placement in the record', () => {
  it('M1: follows the view, and only the rows that changed get the new version', () => {
    const after = placementAfter({ mode: 'hash', placement: 'ring', partitions: 64, replicas: 1 })
    const two = after(undefined, { joined: viewOf('a', 'b').members, left: [], updated: [] }, viewOf('a', 'b'), 1)
    const three = after(two, { joined: [member('c')], left: [], updated: [] }, viewOf('a', 'b', 'c'), 2)
    const routing = routingOf(record(three, viewOf('a', 'b', 'c')), () => false)
    const changed = [...routing.changedAt].filter((version) => version === 2).length
    expect(changed).toBeGreaterThan(0)
    expect(changed).toBeLessThan(64)
    expect(new Set(routing.owners)).toEqual(new Set([0, 1, 2]))
  })

  it('S1: leaves the parts of others alone, and what a later version says in this one', () => {
    const after = placementAfter({ mode: 'hash', placement: 'ring', partitions: 64, replicas: 1 })
    const leases = { held: [1, 2] }
    const change = { joined: viewOf('a').members, left: [], updated: [] }
    const first = after({ leases }, change, viewOf('a'), 1) as { placement: { table: object } }
    const later = { ...first, placement: { ...first.placement, moving: 3 } }
    const second = after(later, { joined: [member('b')], left: [], updated: [] }, viewOf('a', 'b'), 2)
    expect(second).toMatchObject({ leases, placement: { mode: 'hash', moving: 3 } })
    expect(second).not.toMatchObject({ placement: { table: later.placement.table } })
    // Of a shape that this version cannot act on: it stays for whoever can.
    const strange = { placement: { ring: 'of saturn' } }
    expect(after(strange, change, viewOf('a'), 1)).toEqual(strange)
    expect(after('no map', change, viewOf('a'), 1)).toEqual(after(undefined, change, viewOf('a'), 1))
  })

  it('A3: more copies than servers are as many as there are servers', () => {
    for (const placement of ['ring', 'chmpx'] as const) {
      const after = placementAfter({ mode: 'hash', placement, partitions: 1024, replicas: 30_000 })
      const state = after(undefined, { joined: viewOf('a', 'b').members, left: [], updated: [] }, viewOf('a', 'b'), 1)
      expect(routingOf(record(state, viewOf('a', 'b')), () => false).width).toBe(2)
    }
  })

  it('A8: replicas go to different zones where members say in which they stand', () => {
    const after = placementAfter({ mode: 'hash', placement: 'ring', partitions: 64, replicas: 1 })
    const zoned = (zone: (at: number) => string | undefined): View => ({
      members: ['a', 'b', 'c', 'd'].map((name, at) => {
        const own = zone(at)
        return { ...member(name), ...(own !== undefined && { metadata: { zone: own } }) }
      }),
      barred: [],
    })
    const shared = (state: unknown, view: View) => {
      const { owners, partitions } = routingOf(record(state, view), () => false)
      const zoneOf = (place: number) => view.members[owners[place]!]!.metadata!.zone
      return Array.from({ length: partitions }, (_, at) => at).filter((at) => zoneOf(2 * at) === zoneOf(2 * at + 1))
    }
    const plain = zoned(() => undefined)
    const inTwo = zoned((at) => (at < 2 ? 'east' : 'west'))
    const without = after(undefined, { joined: plain.members, left: [], updated: [] }, plain, 1)
    expect(shared(without, inTwo).length).toBeGreaterThan(0)
    expect(shared(after(undefined, { joined: inTwo.members, left: [], updated: [] }, inTwo, 1), inTwo)).toEqual([])
    // Who says it later moves what stands wrong.
    expect(shared(after(without, { joined: [], left: [], updated: inTwo.members }, inTwo, 2), inTwo)).toEqual([])
  })

  it('a witness gets no partitions and is nobody to ask', () => {
    for (const mode of ['hash', 'random'] as const) {
      for (const placement of ['ring', 'chmpx'] as const) {
        const after = placementAfter({ mode, placement, partitions: 64, replicas: 2 })
        const view: View = { members: [{ ...member('a'), witness: true }, member('b'), member('c')], barred: [] }
        const state = after(undefined, { joined: view.members, left: [], updated: [] }, view, 1)
        const routing = routingOf(record(state, view), () => false)
        expect(routing.servers.map(({ name }) => name)).toEqual(['b', 'c'])
        expect(new Set(routing.owners)).toEqual(new Set(mode === 'hash' ? [0, 1] : []))
        // With witnesses alone there is nobody.
        const alone: View = { members: view.members.slice(0, 1), barred: [] }
        const none = after(state, { joined: [], left: [], updated: [] }, alone, 2)
        expect(routingOf(record(none, alone), () => false)).toMatchObject({ servers: [], partitions: 0 })
      }
    }
  })

  it('takes a state that is none, or not valid, for no placement', () => {
    for (const state of [undefined, null, 5, {}, { placement: null }, { placement: { table: 1 } }]) {
      expect(routingOf(record(state, viewOf('a')), () => false)).toMatchObject({ mode: 'random', partitions: 0 })
    }
  })

  it('D1: a server that is known to be gone is not up', () => {
    const { servers } = routingOf(record(null, viewOf('a', 'b')), ({ name }) => name === 'b')
    expect(servers.map(({ up }) => up)).toEqual([true, false])
  })

  it('K1: who left in order is told from who failed', () => {
    const departed = (['left', 'failed', 'gone'] as const).map((why) => ({ ...member(why), why }))
    const { left } = routingOf(record(null, { ...viewOf('a'), departed }), () => false)
    expect(left?.map(({ name }) => name)).toEqual(['left'])
  })
})

describe('the placement of a ring whose data moves', () => {
  const settings = { mode: 'hash', placement: 'ring', partitions: 64, replicas: 1, moves: 'by-operation' } as const
  const parts = new StateParts([placementPart(settings)])
  const joined = (...names: string[]): ViewChange => ({ joined: names.map(member), left: [], updated: [] })
  const two = viewOf('a', 'b')
  const three = viewOf('a', 'b', 'c')
  const none: ViewChange = { joined: [], left: [], updated: [] }
  const begun = parts.follow(undefined, { change: joined('a', 'b'), view: two, version: 1 })
  const grown = parts.follow(begun, { change: joined('c'), view: three, version: 2 })
  const servingOf = (state: unknown) => (state as { readonly placement: PlacementState }).placement
  const operate = (state: unknown, body: unknown, version: number) =>
    parts.apply(state, 'placement', body, { change: none, view: three, version })

  it('D2: who comes is to serve, and does not until an operation says that it holds what it is to serve', () => {
    expect(servingOf(begun).target).toBeUndefined()
    expect(routingOf(record(grown, three), () => false).owners).not.toContain(2)
    const { table, target, changedAt } = servingOf(grown)
    const runs = runsBetween(table, target!)
    const half = operate(grown, { serve: runs.slice(0, 3) }, 3)
    expect(half).toMatchObject({ outcome: { changed: runs.slice(0, 3).reduce((sum, { count }) => sum + count, 0) } })
    const after = 'state' in half ? half.state : undefined
    expect(routingOf(record(after, three), () => false).owners).toContain(2)
    expect(changedAt).not.toContain(2)
    const all = operate(after, { serve: 'target' }, 4)
    expect(servingOf('state' in all && all.state)).toMatchObject({ table: target })
    expect(servingOf('state' in all && all.state).target).toBeUndefined()
  })

  it('D1: who goes serves no more in the same commit, and a partition that nobody holds begins anew', () => {
    const left = { joined: [], left: [{ member: member('a'), why: 'gone' as const }], updated: [] }
    const alone = parts.follow(grown, { change: left, view: viewOf('b', 'c'), version: 3 })
    const { table } = servingOf(alone)
    expect(table.servers).toEqual(['b'])
    const last = parts.follow(alone, {
      ...{ change: { ...left, left: [{ member: member('b'), why: 'gone' }] }, view: viewOf('c'), version: 4 },
    })
    expect(servingOf(last).table.servers).toEqual(['c'])
  })

  it.each([
    null,
    5,
    { serve: 'everything' },
    { serve: [{ from: 0, count: 1 }] },
    { serve: [{ from: 0, count: 99, servers: ['a'] }] },
    { serve: [{ from: 0, count: 1, servers: ['stranger'] }] },
  ])('S3: takes no operation that does not fit: %j', (body) => {
    expect(operate(grown, body, 3)).toEqual({ state: grown, outcome: { invalid: true } })
  })
})
