import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patchBetween, patched } from './value-patch.ts'

/** Plain values with few keys, so that two of them often have some in common. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, 1, -0, 'a', '', Uint8Array.of(1), Uint8Array.of(1, 2)),
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'constructor', 'c'), tie('any'), { noNullPrototype: true }),
  ),
})).any

describe('B3: a value as what changed', () => {
  it('makes the second value of the first, and leaves the first alone', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        const first = structuredClone(before)
        const patch = patchBetween(before, after)
        expect(patch ? patched(before, patch) : { value: before }).toEqual({ value: after })
        expect(before).toEqual(first)
      }),
      { numRuns: 1_000 },
    )
  })

  it('says nothing of what is the same', () => {
    fc.assert(
      fc.property(value, (same) => {
        expect(patchBetween(same, structuredClone(same))).toBeUndefined()
      }),
    )
  })

  it('is short where a table of a thousand rows changes in one', () => {
    const rows = Array.from({ length: 1_000 }, (_, row) => row % 7)
    const table = { owners: rows, servers: ['a', 'b'] }
    const patch = patchBetween(table, { ...table, owners: rows.with(500, 9) })
    expect(patch).toEqual({ map: { owners: { list: [[500, { is: 9 }]] } } })
  })

  it('is refused by a value of another shape', () => {
    expect(patched([], { map: {} })).toBeUndefined()
    expect(patched({}, { list: [] })).toBeUndefined()
    expect(patched([1], { list: [[1, { is: 2 }]] })).toBeUndefined()
    expect(patched({}, { map: { constructor: { map: {} } } })).toBeUndefined()
  })

  it('takes any value from elsewhere for a patch without throwing, and no prototype', () => {
    const hostile = fc.oneof(
      fc.jsonValue(),
      fc.record({ map: fc.jsonValue(), gone: fc.jsonValue() }, { requiredKeys: [] }),
      fc.record({ list: fc.array(fc.tuple(fc.double(), fc.jsonValue())), more: fc.jsonValue() }, { requiredKeys: [] }),
    )
    fc.assert(fc.property(value, hostile, (before, patch) => void patched(before, patch)))
    const map = JSON.parse('{"__proto__": {"is": {"polluted": true}}}') as object
    expect(patched({}, { map })).toBeUndefined()
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
