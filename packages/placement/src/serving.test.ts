import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planTable } from './plan.ts'
import { changedAtAfter, runsBetween, servingAfter, withRuns } from './serving.ts'
import { isPartitionTable, type PartitionTable, rowOf } from './table.ts'
import { tableOfRows } from './table-of-rows.ts'

const names = ['a', 'b', 'c', 'd', 'e']
const rowsOf = (table: PartitionTable) => Array.from({ length: table.partitions }, (_, at) => rowOf(table, at))
const row = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 })
const table = fc
  .array(row, { minLength: 16, maxLength: 16 })
  .map((rows) => tableOfRows({ strategy: 'ring' }, rows, names))
const everybody = () => true

describe('who serves', () => {
  it('D2: after a change of the view those who still hold a partition, in their order; nobody new', () => {
    fc.assert(
      fc.property(table, table, fc.subarray(names), (serving, target, present) => {
        const next = servingAfter(serving, target, (name) => present.includes(name))
        for (const [partition, now] of rowsOf(next).entries()) {
          const left = rowOf(serving, partition).filter((name) => present.includes(name))
          if (left.length > 0) expect(now).toEqual(left)
          else expect([rowOf(target, partition), []]).toContainEqual(now)
        }
        expect(isPartitionTable(next)).toBe(true)
      }),
    )
  })

  it('begins anew at the target where nobody is left who holds anything', () => {
    const plan = (servers: readonly string[]) =>
      planTable(
        undefined,
        servers.map((name) => ({ name })),
        { partitions: 8, replicas: 0 },
      )
    expect(servingAfter(plan(['a']), plan(['b']), (name) => name === 'b')).toEqual(plan(['b']))
    const another = planTable(undefined, [{ name: 'b' }], { partitions: 4, replicas: 0 })
    expect(servingAfter(plan(['a']), another, (name) => name === 'b')).toEqual(another)
    expect(rowsOf(servingAfter(plan(['a']), another, (name) => name === 'a'))).toEqual(rowsOf(plan(['a'])))
  })

  it('S4: changes by runs, as few as there are', () => {
    fc.assert(
      fc.property(table, table, (before, after) => {
        const runs = runsBetween(before, after)
        expect(rowsOf(withRuns(before, runs, everybody)!)).toEqual(rowsOf(after))
        const changed = rowsOf(after).filter((now, at) => now.join() !== rowOf(before, at).join())
        expect(runs.reduce((sum, { count }) => sum + count, 0)).toBe(changed.length)
      }),
    )
    const one = tableOfRows(
      { strategy: 'ring' },
      Array.from({ length: 1_000 }, () => ['a', 'b']),
      names,
    )
    const other = tableOfRows(
      { strategy: 'ring' },
      Array.from({ length: 1_000 }, () => ['b']),
      names,
    )
    expect(runsBetween(one, other)).toEqual([{ from: 0, count: 1_000, servers: ['b'] }])
    expect(runsBetween(one, one)).toEqual([])
  })

  it.each([
    ['beyond the end', { from: 15, count: 2, servers: ['a'] }],
    ['before the beginning', { from: -1, count: 1, servers: ['a'] }],
    ['of nothing', { from: 1, count: 0, servers: ['a'] }],
    ['with a server twice', { from: 1, count: 1, servers: ['a', 'a'] }],
    ['with a server that is not there', { from: 1, count: 1, servers: ['x'] }],
  ])('refuses runs %s', (_, run) => {
    const rows = tableOfRows(
      { strategy: 'ring' },
      Array.from({ length: 16 }, () => ['a']),
      names,
    )
    expect(withRuns(rows, [run], (name) => names.includes(name))).toBeUndefined()
  })

  it('D5: a row keeps its version until it changes, or one of its servers lives anew', () => {
    const rows = [['a', 'b'], ['b'], ['c']]
    const before = { table: tableOfRows({ strategy: 'ring' }, rows, names), changedAt: [1, 2, 3] }
    const after = tableOfRows({ strategy: 'ring' }, [['b', 'a'], ['b'], ['c']], names)
    expect(changedAtAfter(before, after, new Set(), 9)).toEqual([9, 2, 3])
    expect(changedAtAfter(before, before.table, new Set(['b']), 9)).toEqual([9, 9, 3])
    expect(changedAtAfter(before, { ...after, strategy: 'chmpx' }, new Set(), 9)).toEqual([9, 9, 9])
    expect(changedAtAfter(undefined, after, new Set(), 9)).toEqual([9, 9, 9])
  })
})
