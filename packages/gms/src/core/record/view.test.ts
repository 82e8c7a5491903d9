import { address, type Incarnation, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { life, member, tablePart } from './sample-records.ts'
import {
  changeBetween,
  changedView,
  departedMax,
  type LeaveReason,
  sameDetails,
  type View,
  votersOf,
  withBars,
} from './view.ts'

const none = { joined: [], left: [], updated: [] }
const [a, b, c] = ['a:1', 'b:1', 'c:1'].map((name) => member(name)) as [
  ReturnType<typeof member>,
  ReturnType<typeof member>,
  ReturnType<typeof member>,
]
const three: View = { members: [a, b, c], barred: [nodeName('x:1')] }
const names = ({ members }: View) => members.map(({ name }) => name).join(' ')

describe('changedView', () => {
  it('B3: puts newcomers to the end, and who comes back as well', () => {
    const back = member('a:1', 2)
    const after = changedView(three, { ...none, joined: [member('d:1'), back], left: [{ member: a, why: 'replaced' }] })
    expect(names(after)).toBe('b:1 c:1 d:1 a:1')
    expect(after.members.at(-1)).toEqual(back)
    expect(after.barred).toEqual(three.barred)
  })

  it('leaves in its place who says something else of itself', () => {
    const renewed = { ...b, metadata: { zone: 'west' } }
    const after = changedView(three, { ...none, updated: [renewed] })
    expect(after.members).toEqual([a, renewed, c])
    expect(after.departed).toBeUndefined()
  })

  it('S1: keeps what a later version says of the view, of its members and of who went', () => {
    const later = {
      ...three,
      members: [a, { ...b, colour: 'blue', metadata: { zone: 'west', rack: 7 } }, c],
      departed: [{ name: nodeName('y:1'), incarnation: 1 as Incarnation, why: 'left' as const, toll: 3 }],
      tenants: ['one', 'two'],
    }
    const after = withBars(changedView(later, { ...none, left: [{ member: a, why: 'gone' }] }), [], [])
    const gone = { name: a.name, incarnation: a.incarnation, why: 'gone' }
    expect(after).toEqual({
      ...later,
      members: later.members.slice(1),
      barred: [],
      departed: [gone, ...later.departed],
    })
  })

  it('says only of one version that it was a merge', () => {
    const merged = [{ lineage: 'l', version: 1, members: [a.name] }]
    expect(changedView({ ...three, merged }, none).merged).toBeUndefined()
  })

  it('remembers the last departures, the newest first, and no more than its bound', () => {
    let view: View = three
    for (let round = 1; round <= 40; round++) {
      const one = member(`n${round}:1`)
      view = changedView(changedView(view, { ...none, joined: [one] }), {
        ...none,
        left: [{ member: one, why: 'left' }],
      })
    }
    expect(view.departed).toHaveLength(departedMax)
    expect(view.departed![0]!.name).toBe('n40:1')
    expect(view.departed!.at(-1)!.name).toBe(`n${40 - departedMax + 1}:1`)
  })

  it('is the same in whatever order the leavers were named', () => {
    const left = [a, c].map((one) => ({ member: one, why: 'gone' as const }))
    expect(changedView(three, { ...none, left: left.toReversed() })).toEqual(changedView(three, { ...none, left }))
  })
})

describe('changeBetween', () => {
  it.each(['left', 'gone', 'failed', 'expelled', 'replaced'] as const)('says why a member went: %s', (why) => {
    const after = changedView(three, { ...none, left: [{ member: b, why }] })
    expect(changeBetween(three, after)).toEqual({ ...none, left: [{ member: b, why }] })
  })

  it('says it over several versions, in which others came and went', () => {
    const reasons: readonly LeaveReason[] = ['left', 'gone', 'expelled']
    let view: View = three
    for (const [at, why] of reasons.entries()) {
      const passing = member(`p${at}:1`)
      view = changedView(view, { ...none, joined: [passing], left: [{ member: three.members[at]!, why }] })
      view = changedView(view, { ...none, left: [{ member: passing, why: 'failed' }] })
    }
    expect(changeBetween(three, view).left.map(({ member: { name }, why }) => `${name} ${why}`)).toEqual([
      'a:1 left',
      'b:1 gone',
      'c:1 expelled',
    ])
  })

  it('says it of the life that went, not of a later or an earlier one', () => {
    const out = changedView(three, { ...none, left: [{ member: b, why: 'left' }] })
    const back = member('b:1', 2)
    const second = changedView(changedView(out, { ...none, joined: [back] }), {
      ...none,
      left: [{ member: back, why: 'gone' }],
    })
    expect(changeBetween(three, second).left).toEqual([{ member: b, why: 'left' }])
  })

  it('takes for failed who went so long ago that nobody remembers, and for replaced whose name is back', () => {
    const forgotten: View = { members: [a, member('b:1', 9)], barred: [] }
    expect(changeBetween(three, forgotten).left.map(({ why }) => why)).toEqual(['replaced', 'failed'])
  })

  it('finds everybody new where there was no view before', () => {
    expect(changeBetween(undefined, three)).toEqual({ ...none, joined: [a, b, c] })
  })

  it('tells other details of a life from another life', () => {
    const moved = { ...b, address: address('b:2') }
    const later = { ...c, incarnation: 2 as Incarnation }
    const change = changeBetween(three, { ...three, members: [a, moved, later] })
    expect(change).toMatchObject({ joined: [later], updated: [moved] })
  })
})

describe('sameDetails', () => {
  it('does not depend on the order of labels, nor on a default being said', () => {
    const one = { ...life('a:1'), metadata: { labels: { rack: 'r1', row: '2' } } }
    const other = { ...life('a:1'), witness: false, metadata: { labels: { row: '2', rack: 'r1' } } }
    expect(sameDetails(one, other)).toBe(true)
    const silent = life('b:1')
    delete (silent as { speaks?: number }).speaks
    expect(sameDetails(silent, { ...silent, speaks: 1 })).toBe(true)
  })

  it('sees every other difference', () => {
    const base = {
      ...life('a:1'),
      metadata: { zone: 'z', weight: 2, version: '1', addresses: ['h:1'], labels: { k: 'v' } },
    }
    const others = [
      { ...base, address: address('a:2') },
      { ...base, witness: true },
      { ...base, speaks: 3 },
      ...[{ zone: 'y' }, { weight: 3 }, { version: '2' }, { addresses: ['h:2'] }, { labels: { k: 'w' } }].map(
        (change) => ({
          ...base,
          metadata: { ...base.metadata, ...change },
        }),
      ),
    ]
    expect(sameDetails(base, { ...base })).toBe(true)
    for (const other of others) expect(sameDetails(base, other), JSON.stringify(other)).toBe(false)
  })
})

describe('votersOf', () => {
  it('R2: the seven oldest vote, or the coordinator alone', () => {
    const view: View = { members: Array.from({ length: 9 }, (_, at) => member(`n${at}:1`)), barred: [] }
    expect(votersOf(view, 'majority').map(({ name }) => name)).toEqual(view.members.slice(0, 7).map(({ name }) => name))
    expect(votersOf(view, 'none').map(({ name }) => name)).toEqual(['n0:1'])
    expect(votersOf({ members: [], barred: [] }, 'majority')).toEqual([])
    // The sample state changes with its view, or the delta tests would say nothing.
    const tableOf = (one: View) => tablePart.follow(undefined, { change: none, view: one, version: 1 })
    expect(tableOf(view)).not.toEqual(tableOf(three))
  })
})
