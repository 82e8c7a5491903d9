import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pack, unpack } from '../../packing.ts'
import { agreedValueFault } from './agreed-value.ts'

describe('S3: what a record may hold', () => {
  it.each([
    [-0, 'state is minus zero'],
    [{ a: [1, -0] }, 'state.a[1] is minus zero'],
    [Number.NaN, 'state is NaN'],
    [{ a: Number.POSITIVE_INFINITY }, 'state.a is Infinity'],
    [undefined, 'state is undefined'],
    [[undefined], 'state[0] is undefined'],
    [1n, 'state is a bigint'],
    [() => 0, 'state is a function'],
    [new Date(0), 'state is no plain map'],
    [new Map(), 'state is no plain map'],
    [JSON.parse('{"__proto__": 1}'), 'state has a key that is none: __proto__'],
  ])('S3: %# is refused', (value, fault) => {
    expect(agreedValueFault(value, 'state')).toBe(fault)
  })

  it('S3: what is nested without end is refused', () => {
    let value: unknown = 1
    for (let depth = 0; depth < 65; depth++) value = [value]
    expect(agreedValueFault(value, 'state')).toMatch(/deeper than 64 levels/)
    expect(agreedValueFault((value as unknown[])[0], 'state')).toBeUndefined()
  })

  it('S3: what it takes comes back from the wire as it was', () => {
    const any = fc.anything({
      maxDepth: 4,
      withBigInt: true,
      withDate: true,
      withTypedArray: true,
      withNullPrototype: true,
    })
    fc.assert(
      fc.property(fc.oneof(any, fc.jsonValue(), fc.double()), (value) => {
        if (agreedValueFault(value, 'state') === undefined) expect(unpack(pack(value))).toEqual(value)
      }),
      { numRuns: 500 },
    )
  })
})
