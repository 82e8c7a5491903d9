import { type GroupRecord, type Member, StateParts, type View, type ViewChange } from '@ring/gms'
import { address, incarnation, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import type { PlacementSettings } from './ideal-table.ts'
import { placementPart } from './placement-part.ts'
import { routingOf } from './service-routing.ts'

const member = (name: string): Member => ({
  name: nodeName(name),
  incarnation: incarnation(1),
  address: address(`${name}:8020`),
  voterId: name,
  why: 'joined',
})

const viewOf = (...names: string[]): View => ({ members: names.map(member), barred: [] })

/** AUTOMERGE without data: who comes serves at once. */
const atOnce = { automatic: true, movesData: false, rebalanceDelayMs: 0 }

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
    const after = placementAfter({ ...atOnce, mode: 'hash', placement: 'ring', partitions: 64, replicas: 1 })
    const two = after(undefined, { joined: viewOf('a', 'b').members, left: [], updated: [] }, viewOf('a', 'b'), 1)
    const three = after(two, { joined: [member('c')], left: [], updated: [] }, viewOf('a', 'b', 'c'), 2)
    const routing = routingOf(record(three, viewOf('a', 'b', 'c')), () => false)
    const changed = [...routing.changedAt].filter((version) => version === 2).length
    expect(changed).toBeGreaterThan(0)
    expect(changed).toBeLessThan(64)
    expect(new Set(routing.owners)).toEqual(new Set([0, 1, 2]))
  })

  it('S1: leaves the parts of others alone, and what a later version says in this one', () => {
    const after = placementAfter({ ...atOnce, mode: 'hash', placement: 'ring', partitions: 64, replicas: 1 })
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
      const after = placementAfter({ ...atOnce, mode: 'hash', placement, partitions: 1024, replicas: 30_000 })
      const state = after(undefined, { joined: viewOf('a', 'b').members, left: [], updated: [] }, viewOf('a', 'b'), 1)
      expect(routingOf(record(state, viewOf('a', 'b')), () => false).width).toBe(2)
    }
  })

  it('A8: replicas go to different zones where members say in which they stand', () => {
    const after = placementAfter({ ...atOnce, mode: 'hash', placement: 'ring', partitions: 64, replicas: 1 })
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
        const after = placementAfter({ ...atOnce, mode, placement, partitions: 64, replicas: 2 })
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
