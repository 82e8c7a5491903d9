import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chmpxTable } from './chmpx-table.ts'
import { moves } from './moves.ts'
import { partitionOf } from './partition.ts'
import { planTable } from './plan.ts'
import { isPartitionTable, type PartitionTable, rowOf } from './table.ts'

const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`)

describe('chmpxTable', () => {
  it('A3: slot i is the i-th server, replicas are the slots after it', () => {
    const table = chmpxTable(['c', 'a', 'b'], 1)
    expect([0, 1, 2].map((slot) => rowOf(table, slot))).toEqual([
      ['c', 'a'],
      ['a', 'b'],
      ['b', 'c'],
    ])
    expect(rowOf(chmpxTable(['a'], 2), 0)).toEqual(['a'])
    expect(isPartitionTable(chmpxTable([], 1))).toBe(true)
  })
})

describe('A10: moves name every key that a server lacks, and no other', () => {
  const placed = (count: number) => names(count).map((name) => ({ name }))
  const tables = fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(2)).map(([count, replicas]) => chmpxTable(names(count), replicas)),
    fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(6, 8), fc.nat(2))
      .map(([count, partitions, replicas]) => planTable(undefined, placed(count), { partitions, replicas })),
  )

  it('A10: between any two tables, of other partition counts and hashes too', () => {
    fc.assert(
      fc.property(tables, tables, (before, after) => {
        const listed = new Set(moves(before, after).map((move) => JSON.stringify(Object.values(move))))
        for (let index = 0; index < 300; index++) {
          const key = `key ${index}`
          const fromPartition = at(before, key)
          const partition = at(after, key)
          const present = rowOf(before, fromPartition)
          for (const server of rowOf(after, partition)) {
            const move = JSON.stringify([fromPartition, partition, present[0], server])
            expect(listed.has(move)).toBe(!present.includes(server))
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  const at = (table: PartitionTable, key: string) => partitionOf(table.strategy, table.partitions, key)
})

describe('isPartitionTable', () => {
  const good = chmpxTable(['a', 'b'], 1)

  it.each([
    ['null', null],
    ['a strange strategy', { ...good, strategy: 'x' }],
    ['too few owners', { ...good, owners: [0, 1, 1] }],
    ['an unknown server', { ...good, owners: [0, 1, 1, 2] }],
    ['a server twice in a row', { ...good, owners: [0, 0, 1, 0] }],
    ['a gap', { ...good, owners: [0xffff, 0, 1, 0] }],
    ['a name twice', { ...good, servers: ['a', 'a'] }],
    ['a huge width', { ...good, width: 1e9 }],
    ['a number that is none', { ...good, partitions: Number.NaN }],
    ['names that are none', { ...good, servers: [1, 2] }],
  ])('A8: refuses %s', (_, value) => {
    expect(isPartitionTable(value)).toBe(false)
  })

  it('A8: accepts a table that went through JSON, and never throws', () => {
    expect(isPartitionTable(JSON.parse(JSON.stringify(good)))).toBe(true)
    fc.assert(fc.property(fc.anything(), (value) => !isPartitionTable(value)))
  })
})
