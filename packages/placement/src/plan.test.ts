import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PlacedServer } from './draft.ts'
import { PlacementError } from './error.ts'
import { moves } from './moves.ts'
import { planTable } from './plan.ts'
import { isPartitionTable, type PartitionTable, rowOf } from './table.ts'

const rowsOf = (table: PartitionTable) =>
  Array.from({ length: table.partitions }, (_, partition) => rowOf(table, partition))
const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts)

function loads(table: PartitionTable) {
  const rows = rowsOf(table)
  const owned = table.servers.map((name) => rows.filter((row) => row[0] === name).length)
  const replicas = table.servers.map((name) => rows.filter((row) => row.includes(name, 1)).length)
  return { owned, replicas }
}

const ownerChanges = (from: PartitionTable, to: PartitionTable) =>
  rowsOf(to).filter((row, partition) => row[0] !== rowOf(from, partition)[0]).length

const named = (count: number): PlacedServer[] => Array.from({ length: count }, (_, index) => ({ name: `s${index}` }))

interface Change {
  readonly join: boolean
  readonly pick: number
}
const joins = (pick: number): Change => ({ join: true, pick })
const leaves = (pick: number): Change => ({ join: false, pick })
const changes = fc.array(fc.record({ join: fc.boolean(), pick: fc.nat(1000) }), { maxLength: 8 })

/** Servers come and go one at a time; `each` sees every table with the one before it. */
function live(
  start: readonly PlacedServer[],
  steps: readonly Change[],
  options: { partitions: number; replicas: number },
  each: (before: PartitionTable, after: PartitionTable, change: { joined?: string; left?: string }) => void,
) {
  let servers = [...start]
  let table = planTable(undefined, servers, options)
  each(table, table, {})
  for (const [index, { join, pick }] of steps.entries()) {
    const left = join || servers.length === 1 ? undefined : servers[pick % servers.length]!.name
    const joined = left === undefined ? `n${pick}-${index}` : undefined
    servers = joined === undefined ? servers.filter(({ name }) => name !== left) : [...servers, { name: joined }]
    const next = planTable(table, servers, options)
    each(table, next, joined === undefined ? { left: left! } : { joined })
    table = next
  }
}

// How little a plan moves is the result of a search, not of a proof; 10 000 random runs found no exception. A fixed seed
// keeps an exception that somebody may find one day from stopping others.
const searched = { numRuns: 400, seed: 20 }

const sizes = fc.record({ partitions: fc.constantFrom(1, 7, 64, 97, 256), replicas: fc.integer({ min: 0, max: 3 }) })

describe('plans without zones', () => {
  it('A8: every table is even: owners and replicas within one, servers of a row distinct, as many as there can be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), changes, sizes, (count, steps, options) => {
        live(named(count), steps, options, (_, table) => {
          const { owned, replicas } = loads(table)
          expect(spread(owned)).toBeLessThanOrEqual(1)
          // Fewer partitions than servers leave too little choice to even the replicas out.
          if (options.partitions >= 64) expect(spread(replicas)).toBeLessThanOrEqual(1)
          const length = Math.min(options.replicas + 1, table.servers.length)
          expect(rowsOf(table).filter((row) => new Set(row).size !== row.length || row.length !== length)).toEqual([])
          expect(isPartitionTable(table)).toBe(true)
        })
      }),
      searched,
    )
  })

  it('A8: a leave copies only what the leaver had, one place a row, and touches no other row', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), changes, sizes, (count, steps, options) => {
        live(named(count), steps, options, (before, after, { left }) => {
          if (left === undefined || options.partitions < 64) return
          const wasFull = before.servers.length <= options.replicas + 1
          const copies = wasFull ? 0 : 1
          const isSpared = (row: readonly string[], next: readonly string[]): boolean =>
            row.includes(left)
              ? next.filter((name) => !row.includes(name)).length === copies
              : next.join() === row.join()
          const nexts = rowsOf(after)
          expect(rowsOf(before).filter((row, partition) => !isSpared(row, nexts[partition]!))).toEqual([])
        })
      }),
      { ...searched, examples: [[8, [joins(290), leaves(754)], { partitions: 64, replicas: 1 }]] },
    )
  })

  it('A9: a join takes no more than its share of owners, and copies go to the newcomer alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), changes, sizes, (count, steps, options) => {
        live(named(count), steps, options, (before, after, { joined }) => {
          if (joined === undefined || options.partitions < 64) return
          const share = Math.ceil(options.partitions / after.servers.length)
          const replicaShare = Math.ceil((options.partitions * options.replicas) / after.servers.length)
          expect(ownerChanges(before, after)).toBeLessThanOrEqual(share)
          const copied = moves(before, after)
          expect(copied.length).toBeLessThanOrEqual(share + Math.min(options.partitions, replicaShare))
          expect(copied.every(({ to }) => to === joined)).toBe(true)
        })
      }),
      searched,
    )
  })

  it('A8: the order of the input does not matter, and nothing changes without a reason', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(named(9), { minLength: 1 }), sizes, (servers, options) => {
        const table = planTable(undefined, servers, options)
        expect(planTable(undefined, [...servers].reverse(), options)).toEqual(table)
        expect(planTable(table, servers, options)).toEqual(table)
        expect(moves(table, table)).toEqual([])
      }),
    )
  })

  it('A8: many joins at once, and many leaves, are one plan with no detour', () => {
    const three = planTable(undefined, named(3), { replicas: 1 })
    const ten = planTable(three, named(10), { replicas: 1 })
    expect(ownerChanges(three, ten)).toBeLessThanOrEqual(7 * 103)
    expect(spread(loads(ten).owned)).toBeLessThanOrEqual(1)
    expect(spread(loads(ten).replicas)).toBeLessThanOrEqual(1)
    // Seven newcomers hold 7/10 of the 2048 copies; nothing else needs to be copied.
    expect(moves(three, ten).length).toBeLessThanOrEqual(Math.ceil(2048 * 0.7) + 7)
    const back = planTable(ten, named(3), { replicas: 1 })
    expect(spread(loads(back).replicas)).toBeLessThanOrEqual(1)
  })

  it('A8: what one server held goes to many when it dies', () => {
    const before = planTable(undefined, named(10), { replicas: 1 })
    const heirs = new Set(
      rowsOf(before)
        .filter((row) => row[0] === 's0')
        .map((row) => row[1]),
    )
    expect(heirs.size).toBe(9)
  })

  it('A8: refuses what cannot be planned, and plans for nobody', () => {
    expect(() => planTable(undefined, [{ name: 'a' }, { name: 'a' }], { replicas: 0 })).toThrow(PlacementError)
    expect(() => planTable(undefined, named(1), { replicas: 0, partitions: 0 })).toThrow(PlacementError)
    expect(() => planTable(undefined, named(1), { replicas: -1 })).toThrow(PlacementError)
    const empty = planTable(undefined, [], { replicas: 1, partitions: 4 })
    expect(rowsOf(empty)).toEqual([[], [], [], []])
    expect(rowsOf(planTable(empty, named(1), { replicas: 1, partitions: 2 }))).toEqual([['s0'], ['s0']])
  })
})

describe('plans with zones', () => {
  const zoned = fc.array(fc.constantFrom('x', 'y', 'z', undefined), { minLength: 2, maxLength: 10 })

  it('A8: the servers of a row are in different zones where there are enough, owners stay even', () => {
    fc.assert(
      fc.property(zoned, zoned, fc.integer({ min: 1, max: 3 }), (zones, later, replicas) => {
        const place = (list: readonly (string | undefined)[]) =>
          list.map((zone, index) => ({ name: `s${index}`, zone }))
        let table: PartitionTable | undefined
        for (const list of [zones, later]) {
          const servers = place(list)
          table = planTable(table, servers, { partitions: 96, replicas })
          const zoneOf = (name: string) => servers.find((server) => server.name === name)!.zone ?? name
          const wanted = Math.min(replicas + 1, new Set(servers.map(({ name }) => zoneOf(name))).size)
          for (const row of rowsOf(table)) {
            expect(new Set(row).size).toBe(Math.min(replicas + 1, servers.length))
            expect(new Set(row.map(zoneOf)).size).toBe(wanted)
          }
          expect(spread(loads(table).owned)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('A8: zones of one size have even replicas', () => {
    const servers = named(9).map(({ name }, index) => ({ name, zone: `z${index % 3}` }))
    expect(spread(loads(planTable(undefined, servers, { replicas: 2 })).replicas)).toBeLessThanOrEqual(1)
  })
})
