import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outcomesOf, type RememberedOperation, rememberAlso, remembered } from './outcomes.ts'

const entry = (id: string, version: number, outcome: unknown = null): RememberedOperation => ({
  ...{ id, version, outcome, digest: 1 },
})
const none = outcomesOf({ version: 1 })

describe('S2: what a record remembers of operations', () => {
  it('is what came last, and up to which version something may be forgotten', () => {
    const many = Array.from({ length: 300 }, (_, at) => entry(`o${at}`, at + 1))
    const outcomes = rememberAlso(rememberAlso(none, many.slice(0, 200)), many.slice(200))
    expect(outcomes.last.map(({ id }) => id)).toEqual(many.slice(44).map(({ id }) => id))
    expect(outcomes.forgotten).toBe(44)
    expect(remembered(outcomes, 'o44')).toEqual(many[44])
    expect(remembered(outcomes, 'o43')).toBeUndefined()
  })

  it('S4: is bounded in length as well: long outcomes are forgotten sooner', () => {
    const long = Array.from({ length: 40 }, (_, at) => entry(`o${at}`, at + 1, 'x'.repeat(4_000)))
    const { last, forgotten } = rememberAlso(none, long)
    expect(last.length).toBeLessThan(17)
    expect(forgotten).toBe(40 - last.length)
  })

  it('S1: counts as forgotten where it cannot be read, and keeps what a later version says beside it', () => {
    const kept = { last: [entry('o', 3)], forgotten: 1, since: 'later' }
    expect(rememberAlso(outcomesOf({ version: 9, outcomes: kept }), [entry('p', 10)])).toMatchObject({ since: 'later' })
    fc.assert(
      fc.property(fc.jsonValue(), (outcomes) => {
        expect(outcomesOf({ version: 9, outcomes })).toEqual({ last: [], forgotten: 9 })
      }),
    )
  })
})
