import { type Incarnation, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { life, member, recordOf } from '../record/sample-records.ts'
import { changedView, type GroupRecord, type View } from '../record/view.ts'
import { WaitingChanges } from './waiting-changes.ts'

const [a, b, c] = ['a:1', 'b:1', 'c:1'].map((name) => member(name)) as [
  ReturnType<typeof member>,
  ReturnType<typeof member>,
  ReturnType<typeof member>,
]
const x = nodeName('x:1')
const withBars = (barred: View['barred'], paroles?: View['paroles']): GroupRecord =>
  recordOf({ members: [a, b, c], barred, ...(paroles && { paroles }) })
const three = withBars([])

function waiting(fill: (changes: WaitingChanges) => void): WaitingChanges {
  const changes = new WaitingChanges()
  fill(changes)
  return changes
}

describe('B3: what waits goes into one change', () => {
  it('joins, leaves and descriptions together', () => {
    const change = waiting(({ joins, removals, descriptions }) => {
      joins.set(x, life('x:1'))
      removals.set(b.name, { member: b, why: 'left' })
      descriptions.set(c.name, { ...life('c:1'), metadata: { zone: 'west' } })
    }).changeOf(three)
    expect(change.joined).toEqual([{ ...life('x:1'), why: 'joined' }])
    expect(change.left).toEqual([{ member: b, why: 'left' }])
    expect(change.updated).toEqual([{ ...c, metadata: { zone: 'west' } }])
  })

  it('M4: a later life replaces the earlier one, whatever else was said of that', () => {
    const change = waiting(({ joins, removals }) => {
      joins.set(b.name, life('b:1', 2))
      removals.set(b.name, { member: b, why: 'failed' })
    }).changeOf(three)
    expect(change.joined).toEqual([{ ...life('b:1', 2), why: 'rejoined' }])
    expect(change.left).toEqual([{ member: b, why: 'replaced' }])
  })

  it('M4: an earlier life, or the same one again, does not come in', () => {
    const second = recordOf({ members: [a, member('b:1', 2)], barred: [] })
    for (const incarnation of [1, 2])
      expect(waiting(({ joins }) => joins.set(b.name, life('b:1', incarnation))).changeOf(second).joined).toEqual([])
  })

  it('a removal is of a life, not of a name', () => {
    const second = recordOf({ members: [a, member('b:1', 2)], barred: [] })
    const changes = waiting(({ removals }) => removals.set(b.name, { member: b, why: 'failed' }))
    expect(changes.changeOf(second).left).toEqual([])
  })

  it('who leaves is not described, nor a life that is another, nor one that says nothing new', () => {
    const changes = waiting(({ removals, descriptions }) => {
      removals.set(a.name, { member: a, why: 'left' })
      descriptions.set(a.name, { ...life('a:1'), metadata: { zone: 'west' } })
      descriptions.set(b.name, { ...life('b:1', 2), metadata: { zone: 'west' } })
      descriptions.set(c.name, life('c:1'))
    })
    expect(changes.changeOf(three).updated).toEqual([])
  })
})

describe('M8: who is barred', () => {
  it('does not come in, unless it is admitted with the same change', () => {
    const record = withBars([x])
    const joins = waiting((changes) => changes.joins.set(x, life('x:1')))
    expect(joins.changeOf(record).joined).toEqual([])
    joins.bars.set(x, { kind: 'admit' })
    expect(joins.changeOf(record).joined).toHaveLength(1)
    expect(joins.barsAfter(record.view).barred).toEqual([])
  })

  it('does not come in with the very change that bars it', () => {
    const changes = waiting(({ joins, bars }) => {
      joins.set(x, life('x:1'))
      bars.set(x, { kind: 'bar', untilWallMs: undefined })
    })
    expect(changes.changeOf(three).joined).toEqual([])
    expect(changes.barsAfter(three.view)).toEqual({ barred: [x], paroles: [] })
  })

  it('has one time, the last one that was set', () => {
    const record = withBars([x], [{ name: x, wallMs: 5 }])
    const later = waiting(({ bars }) => bars.set(x, { kind: 'bar', untilWallMs: 9 }))
    expect(later.barsAfter(record.view)).toEqual({ barred: [x], paroles: [{ name: x, wallMs: 9 }] })
    const always = waiting(({ bars }) => bars.set(x, { kind: 'bar', untilWallMs: undefined }))
    expect(always.barsAfter(record.view)).toEqual({ barred: [x], paroles: [] })
    const admitted = waiting(({ bars }) => bars.set(x, { kind: 'admit' }))
    expect(admitted.barsAfter(record.view)).toEqual({ barred: [], paroles: [] })
  })

  it('stays so while others come and go', () => {
    const record = withBars([x], [{ name: x, wallMs: 5 }])
    const other = waiting(({ bars }) => bars.set(nodeName('y:1'), { kind: 'bar', untilWallMs: undefined }))
    expect(other.barsAfter(record.view)).toEqual({ barred: [x, 'y:1'], paroles: [{ name: x, wallMs: 5 }] })
  })
})

describe('what was seen and what was not decided', () => {
  it('drops what a record has, and keeps the rest', () => {
    const changes = waiting(({ joins, removals, descriptions, bars }) => {
      joins.set(x, life('x:1'))
      joins.set(nodeName('y:1'), life('y:1'))
      removals.set(a.name, { member: a, why: 'left' })
      removals.set(b.name, { member: b, why: 'left' })
      descriptions.set(c.name, { ...life('c:1'), metadata: { zone: 'west' } })
      bars.set(nodeName('z:1'), { kind: 'bar', untilWallMs: undefined })
      bars.set(nodeName('w:1'), { kind: 'admit' })
    })
    const renewed = { ...c, metadata: { zone: 'west' } }
    const left = [{ member: a, why: 'left' as const }]
    const view = changedView(three.view, { joined: [member('x:1')], left, updated: [renewed] })
    changes.seen({ ...three, view: { ...view, barred: [nodeName('z:1')] } })
    expect([...changes.joins.keys()]).toEqual(['y:1'])
    expect([...changes.removals.keys()]).toEqual(['b:1'])
    expect(changes.descriptions.size).toBe(0)
    expect(changes.bars.size).toBe(0)
    expect(changes.isEmpty).toBe(false)
  })

  it('takes everything away and puts it back', () => {
    const changes = waiting(({ joins, removals }) => {
      joins.set(x, life('x:1'))
      removals.set(a.name, { member: a, why: 'left' })
    })
    const taken = changes.take()
    expect(changes.isEmpty).toBe(true)
    changes.putBack(taken)
    expect(changes.changeOf(three)).toMatchObject({ joined: [{ name: x }], left: [{ member: a }] })
  })

  it('puts nothing back over what is newer', () => {
    const changes = waiting(({ joins, removals, descriptions, bars }) => {
      joins.set(x, life('x:1', 2))
      removals.set(b.name, { member: member('b:1', 2), why: 'gone' })
      descriptions.set(c.name, { ...life('c:1'), metadata: { zone: 'new' } })
      bars.set(a.name, { kind: 'admit' })
    })
    changes.putBack(
      waiting(({ joins, removals, descriptions, bars }) => {
        joins.set(x, life('x:1', 1))
        removals.set(b.name, { member: b, why: 'failed' })
        descriptions.set(c.name, { ...life('c:1'), metadata: { zone: 'old' } })
        bars.set(a.name, { kind: 'bar', untilWallMs: undefined })
      }),
    )
    expect(changes.joins.get(x)!.incarnation).toBe(2)
    expect(changes.removals.get(b.name)).toMatchObject({ member: { incarnation: 2 as Incarnation }, why: 'gone' })
    expect(changes.descriptions.get(c.name)!.metadata).toEqual({ zone: 'new' })
    expect(changes.bars.get(a.name)).toEqual({ kind: 'admit' })
  })

  it('keeps the better reason for one life: a goodbye, a proof or a will before silence', () => {
    const reasonAfter = (waits: 'failed' | 'gone', taken: 'left' | 'failed') => {
      const changes = waiting(({ removals }) => removals.set(b.name, { member: b, why: waits }))
      changes.putBack(waiting(({ removals }) => removals.set(b.name, { member: b, why: taken })))
      return changes.removals.get(b.name)!.why
    }
    expect(reasonAfter('failed', 'left')).toBe('left')
    expect(reasonAfter('gone', 'failed')).toBe('gone')
  })
})
