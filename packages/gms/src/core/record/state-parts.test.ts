import { describe, expect, it } from 'vitest'
import { followingPart, member } from './sample-records.ts'
import type { PartStep } from './state-part.ts'
import { ownOf, StateParts } from './state-parts.ts'

const step: PartStep = {
  change: { joined: [member('a:1')], left: [], updated: [] },
  view: { members: [member('a:1')], barred: [] },
  version: 7,
}
const count = followingPart<number>('count', (own = 0) => own + 1)
const names = followingPart<string>('names', (_own, { view }) => view.members.map(({ name }) => name).join())

describe('the parts of a state', () => {
  it('M1, S1: follow the view each for itself, and leave alone what none of them knows', () => {
    const parts = new StateParts([count, names])
    const later = { leases: [1, 2], count: 4 }
    expect(parts.follow(later, step)).toEqual({ leases: [1, 2], count: 5, names: 'a:1' })
    expect(parts.follow(null, step)).toEqual({ count: 1, names: 'a:1' })
    expect(new StateParts().follow(later, step)).toBe(later)
  })

  it('S1: keep a value that they cannot act on', () => {
    const strict = { ...count, check: (own: unknown): own is number => typeof own === 'number' }
    const parts = new StateParts([strict])
    expect(parts.follow({ count: 'many' }, step)).toEqual({ count: 'many' })
    expect(parts.apply({ count: 'many' }, 'count', 1, step)).toEqual({ refused: 'part-invalid' })
    expect(parts.invalid({ count: 'many' })).toEqual(['count'])
    expect(parts.invalid({ count: 1 })).toEqual([])
    expect(parts.invalid(null)).toEqual([])
    expect(ownOf({ count: 'many' }, strict)).toBeUndefined()
    expect(ownOf({ count: 3 }, strict)).toBe(3)
  })

  it('are operated on by name; a part begins with what it makes of the view', () => {
    const parts = new StateParts([count])
    expect(parts.apply({ leases: 1, count: 4 }, 'count', 'asked', step)).toEqual({
      state: { leases: 1, count: 4 },
      outcome: 'asked',
    })
    expect(parts.apply(null, 'count', 'asked', step)).toEqual({ state: { count: 1 }, outcome: 'asked' })
    expect(parts.apply({}, 'names', 'asked', step)).toEqual({ refused: 'unknown-part' })
    expect(parts.apply({}, 'constructor', 'asked', step)).toEqual({ refused: 'unknown-part' })
  })

  it('S4: may not grow beyond their bound, nor may what they answer', () => {
    const small = {
      ...count,
      maxChars: 3,
      apply: (_own: number, body: unknown) => ({ own: body as number, outcome: '' }),
    }
    expect(new StateParts([small]).apply({ count: 1 }, 'count', 999, step)).toEqual({
      state: { count: 999 },
      outcome: '',
    })
    expect(new StateParts([small]).apply({ count: 1 }, 'count', 1000, step)).toEqual({ refused: 'too-large' })
    expect(new StateParts([count]).apply({}, 'count', 'x'.repeat(5_000), step)).toEqual({ refused: 'too-large' })
  })

  it('S3: may make nothing that nodes would hold otherwise, nor answer it', () => {
    for (const made of [
      { own: new Map(), outcome: 1 },
      { own: 1, outcome: Number.NaN },
      { own: [undefined], outcome: 1 },
    ]) {
      const odd = { ...count, apply: () => made as never }
      expect(new StateParts([odd]).apply({ count: 1 }, 'count', 1, step)).toMatchObject({ refused: 'part-failed' })
    }
    const silent = { ...count, apply: (own: number) => ({ own }) as never }
    expect(new StateParts([silent]).apply({ count: 1 }, 'count', 1, step)).toMatchObject({ outcome: null })
  })

  it('have one name each, which can stand in a record', () => {
    expect(() => new StateParts([count, count])).toThrow(RangeError)
    for (const name of ['', 'Count', '__proto__', 'a b', 'x'.repeat(33)])
      expect(() => new StateParts([{ ...count, name }])).toThrow(RangeError)
  })
})
