import { describe, expect, it } from 'vitest'
import { chmpxTable } from './chmpx-table.ts'
import { planTable } from './plan.ts'
import { firstUp, noServer, type RoutedServer } from './routing.ts'
import { routingFrom } from './routing-from-table.ts'
import { rowOf } from './table.ts'

const server = (name: string, incarnation = 1, up = true): RoutedServer => ({
  name,
  incarnation,
  address: `${name}:1`,
  up,
})
const names = ['a', 'b', 'c', 'd']
const placed = names.map((name) => ({ name }))
const base = { epoch: 1, mode: 'hash' as const }
const table = planTable(undefined, placed.slice(0, 3), { partitions: 32, replicas: 1 })
const first = routingFrom(table, { ...base, version: 5, servers: names.map((name) => server(name)) })

describe('routingFrom', () => {
  it('D1: rows are those of the table, as slots of the given servers', () => {
    const servers = ['c', 'x', 'b', 'a'].map((name) => server(name))
    const routing = routingFrom(table, { ...base, version: 5, servers })
    for (let partition = 0; partition < 32; partition++) {
      const slots = [...routing.owners.subarray(partition * 2, partition * 2 + 2)]
      expect(slots.map((slot) => servers[slot]!.name)).toEqual(rowOf(table, partition))
    }
    expect(routing.changedAt.every((version) => version === 5)).toBe(true)
  })

  it('D1: servers that are unknown or not in sync are left out of the row, and firstUp skips who is down', () => {
    const small = chmpxTable(['a', 'b', 'c'], 2)
    const servers = [server('a'), server('b', 1, false)]
    const routing = routingFrom(small, {
      ...base,
      version: 1,
      servers,
      inSync: (slot, name) => slot > 0 || name !== 'a',
    })
    expect([...routing.owners]).toEqual([1, noServer, noServer, 1, 0, noServer, 0, 1, noServer])
    expect([0, 1, 2].map((slot) => firstUp(routing, slot))).toEqual([noServer, 0, 0])
  })

  it('D5: changedAt keeps its version where the row keeps its lives, though slots and width change', () => {
    const wider = planTable(table, placed.slice(0, 3), { partitions: 32, replicas: 2 })
    const shuffled = [...names].reverse().map((name) => server(name))
    const same = routingFrom(table, { ...base, version: 6, servers: shuffled, previous: first })
    expect(same.changedAt).toEqual(first.changedAt)
    const changed = routingFrom(wider, { ...base, version: 7, servers: shuffled, previous: same })
    expect(changed.changedAt.every((version) => version === 7)).toBe(true)
  })

  it('D5: exactly the rows that changed get the new version', () => {
    const next = planTable(table, placed, { partitions: 32, replicas: 1 })
    const routing = routingFrom(next, {
      ...base,
      version: 9,
      servers: names.map((name) => server(name)),
      previous: first,
    })
    for (let partition = 0; partition < 32; partition++) {
      const same = rowOf(next, partition).join() === rowOf(table, partition).join()
      expect(routing.changedAt[partition]).toBe(same ? 5 : 9)
    }
    expect(new Set(routing.changedAt)).toEqual(new Set([5, 9]))
  })

  it('D5: a new life of a server changes its rows, going down does not', () => {
    const servers = names.map((name) => server(name, name === 'a' ? 2 : 1, name !== 'b'))
    const routing = routingFrom(table, { ...base, version: 6, servers, previous: first })
    for (let partition = 0; partition < 32; partition++) {
      expect(routing.changedAt[partition]).toBe(rowOf(table, partition).includes('a') ? 6 : 5)
    }
  })

  it('D5: another partition count or hash changes everything', () => {
    const servers = names.map((name) => server(name))
    const routing = routingFrom(chmpxTable(names, 1), { ...base, version: 8, servers, previous: first })
    expect([...routing.changedAt]).toEqual([8, 8, 8, 8])
  })
})
