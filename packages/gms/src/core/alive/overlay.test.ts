import { nodeName } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { member } from '../record/sample-records.ts'
import type { Member, View } from '../record/view.ts'
import { fullMeshMax, neighboursOf, usesOverlay } from './overlay.ts'

/** Names as people give them: numbers at the end of one word, hosts of racks, or the word of a dice. */
const schemes = {
  numbered: (at: number) => `node${at}:8020`,
  hosts: (at: number) => `10.0.${Math.trunc(at / 250)}.${at % 250}:8020`,
  ports: (at: number) => `localhost:${10_000 + at}`,
} as const

type Scheme = (typeof schemes)[keyof typeof schemes]

const viewOf = (count: number, scheme: Scheme = schemes.numbered): View => ({
  members: Array.from({ length: count }, (_, at) => member(scheme(at))),
  barred: [],
})

/** For every name, the names around it. */
function graphOf(view: View, which: 'all' | 'subjects' = 'all'): ReadonlyMap<string, readonly string[]> {
  return new Map(view.members.map(({ name }) => [name, neighboursOf(view, name)[which].map((one) => one.name)]))
}

/** How many steps a flood from one name takes until it has reached all; more than there are names where it never does. */
function stepsToAll(graph: ReadonlyMap<string, readonly string[]>, first: string): number {
  const reached = new Set([first])
  let edge: readonly string[] = [first]
  for (let steps = 0; ; steps++) {
    if (reached.size === graph.size) return steps
    if (edge.length === 0) return Number.POSITIVE_INFINITY
    edge = edge.flatMap((name) => graph.get(name)!).filter((name) => !reached.has(name) && reached.add(name))
  }
}

const thousand = viewOf(1_000)
const aThousand = { all: graphOf(thousand), subjects: graphOf(thousand, 'subjects') }

describe('B3: who talks to whom in a large group', () => {
  it('is mutual: who has another as a neighbour is its neighbour, and nobody is its own', () => {
    for (const [name, neighbours] of aThousand.all) {
      expect(neighbours).not.toContain(name)
      for (const other of neighbours) expect(aThousand.all.get(other), `${name} and ${other}`).toContain(name)
    }
  })

  it('is mutual in a group of any names', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9.-]{1,12}:[0-9]{1,5}$/), { minLength: 2, maxLength: 60 })
    fc.assert(
      fc.property(names, (all) => {
        const graph = graphOf({ members: all.map((name) => member(name)), barred: [] })
        for (const [name, neighbours] of graph) for (const other of neighbours) expect(graph.get(other)).toContain(name)
      }),
    )
  })

  it('gives each at most 8 neighbours, and nearly all of them 8', () => {
    const counts = [...aThousand.all.values()].map((neighbours) => neighbours.length)
    expect(Math.max(...counts)).toBe(8)
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(6)
    expect(counts.filter((count) => count === 8).length).toBeGreaterThan(950)
  })

  it('lets 4 others watch each, and fewer only where two rings agree', () => {
    const observers = new Map(thousand.members.map(({ name }) => [name as string, new Set<string>()]))
    for (const [name, subjects] of aThousand.subjects) for (const one of subjects) observers.get(one)!.add(name)
    const counts = [...observers.values()].map(({ size }) => size)
    expect(Math.max(...counts)).toBe(4)
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(3)
    expect(counts.filter((count) => count === 4).length).toBeGreaterThan(980)
    for (const [name, subjects] of aThousand.subjects)
      for (const one of subjects) expect(aThousand.all.get(name)).toContain(one)
  })

  it.each(Object.entries(schemes))('spreads news to 1 000 in at most 6 steps (names: %s)', (_, scheme) => {
    const view = viewOf(1_000, scheme)
    const graph = graphOf(view)
    const steps = view.members.filter((__, at) => at % 20 === 0).map(({ name }) => stepsToAll(graph, name))
    expect(Math.max(...steps)).toBeLessThanOrEqual(6)
  })

  it('still reaches all of those who live when a tenth is dead', () => {
    const dead = new Set<string>(thousand.members.filter((_, at) => at % 10 === 3).map(({ name }) => name))
    const living = [...aThousand.all].filter(([name]) => !dead.has(name))
    const graph = new Map(living.map(([name, some]) => [name, some.filter((other) => !dead.has(other))]))
    expect(stepsToAll(graph, living[0]![0])).toBeLessThanOrEqual(7)
  })

  it('comes out the same in whatever order the members stand', () => {
    const turned: View = { ...thousand, members: [...thousand.members].reverse() }
    for (const { name } of thousand.members.slice(0, 50)) {
      const sorted = (members: readonly Member[]) => members.map((one) => one.name).sort()
      for (const which of ['all', 'subjects'] as const)
        expect(sorted(neighboursOf(turned, name)[which])).toEqual(sorted(neighboursOf(thousand, name)[which]))
    }
  })

  it('changes for a few when one joins', () => {
    const joined: View = { ...thousand, members: [...thousand.members, member('newcomer:1')] }
    const after = graphOf(joined)
    const changed = [...aThousand.all].filter(([name, before]) => after.get(name)!.join() !== before.join())
    expect(changed.length).toBeGreaterThan(0)
    expect(changed.length).toBeLessThanOrEqual(8)
  })

  it('exists for two and three as well, and for one alone', () => {
    expect(graphOf(viewOf(1))).toEqual(new Map([['node0:8020', []]]))
    expect(graphOf(viewOf(2)).get('node0:8020')).toEqual(['node1:8020'])
    expect([...graphOf(viewOf(3)).get('node0:8020')!].sort()).toEqual(['node1:8020', 'node2:8020'])
  })

  it('is used above 64 members, once all of them know of it', () => {
    expect(usesOverlay(viewOf(fullMeshMax))).toBe(false)
    const { members } = viewOf(fullMeshMax + 1)
    expect(usesOverlay({ members, barred: [] })).toBe(true)
    const old = member('old:1')
    delete (old as { speaks?: number }).speaks
    expect(usesOverlay({ members: [...members, old], barred: [] })).toBe(false)
    expect(
      usesOverlay({ members: [...members, { ...member('old:1'), name: nodeName('o:1'), speaks: 1 }], barred: [] }),
    ).toBe(false)
  })
})
