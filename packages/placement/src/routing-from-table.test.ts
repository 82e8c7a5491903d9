import { describe, expect, it } from 'vitest'
import { chmpxTable } from './chmpx-table.ts'
import { planTable } from './plan.ts'
import { firstUp, noServer, type RoutedServer } from './routing.ts'
import { routingFrom } from './routing-from-table.ts'
import { rowOf } from './table.ts'

const server = (name: string, up = true): RoutedServer => ({ name, incarnation: 1, address: `${name}:1`, up })
const base = { version: 5, epoch: 1, mode: 'hash' as const, left: [], changedAt: [3, 4, 5] }

describe('routingFrom', () => {
  it('D1: rows are those of the table, as slots of the given servers', () => {
    const placed = ['a', 'b', 'c'].map((name) => ({ name }))
    const table = planTable(undefined, placed, { partitions: 32, replicas: 1 })
    const servers = ['c', 'x', 'b', 'a'].map((name) => server(name))
    const routing = routingFrom(table, { ...base, servers })
    for (let partition = 0; partition < 32; partition++) {
      const slots = [...routing.owners.subarray(partition * 2, partition * 2 + 2)]
      expect(slots.map((slot) => servers[slot]!.name)).toEqual(rowOf(table, partition))
    }
    expect(routing).toMatchObject({ version: 5, epoch: 1, partitions: 32, width: 2, strategy: 'ring' })
  })

  it('D1: servers that are unknown are left out of the row, and firstUp skips who is down', () => {
    const servers = [server('a'), server('b', false)]
    const routing = routingFrom(chmpxTable(['a', 'b', 'c'], 2), { ...base, servers })
    expect([...routing.owners]).toEqual([0, 1, noServer, 1, 0, noServer, 0, 1, noServer])
    expect([0, 1, 2].map((slot) => firstUp(routing, slot))).toEqual([0, 0, 0])
    expect(firstUp(routingFrom(chmpxTable(['b'], 0), { ...base, servers }), 0)).toBe(noServer)
  })

  it('D3: says which partitions are closing, where any are', () => {
    const [table, servers] = [chmpxTable(['a', 'b', 'c'], 0), [server('a')]]
    const closing = { version: 5, partitions: Uint8Array.of(0, 1, 0) }
    expect(routingFrom(table, { ...base, servers, closing }).closing).toEqual(closing)
    expect(routingFrom(table, { ...base, servers })).not.toHaveProperty('closing')
  })

  it('D5: rows have the versions that are agreed on', () => {
    expect([...routingFrom(chmpxTable(['a', 'b', 'c'], 0), { ...base, servers: [server('a')] }).changedAt]).toEqual([
      3, 4, 5,
    ])
  })
})
