import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText } from './canonical-text.ts'

/** The same value with its maps made in the opposite order. */
function turned(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(turned)
  const entries = Object.entries(value).reverse()
  return Object.fromEntries(entries.map(([key, item]) => [key, turned(item)]))
}

const keys = fc.string().filter((key) => key !== '__proto__')
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 0 }),
    fc.bigInt(),
    fc.uint8Array(),
    fc.array(tie('value')),
    fc.dictionary(keys, tie('value')),
  ),
}))

describe('S1: a text for whatever a record holds', () => {
  it('S1: is the same for the same value, in whatever order its maps were made', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(canonicalText(turned(value))).toBe(canonicalText(value))
      }),
    )
  })

  it('S1: tells apart what is not the same', () => {
    const values = [
      null,
      0,
      '0',
      'null',
      1n,
      '1n',
      [],
      {},
      [[]],
      [null],
      '',
      { a: 1 },
      { a: '1' },
      { a: [1] },
      { b: 1 },
    ]
    const bytes = [Uint8Array.of(), Uint8Array.of(1, 2), Uint8Array.of(12), '<1,2>', [1, 2], [12]]
    const texts = [...values, ...bytes].map(canonicalText)
    expect(new Set(texts).size).toBe(texts.length)
  })

  it('S1: leaves out what is undefined, as a decoder does', () => {
    expect(canonicalText({ a: 1, b: undefined })).toBe(canonicalText({ a: 1 }))
    expect(canonicalText(Buffer.from([1, 2]))).toBe(canonicalText(Uint8Array.of(1, 2)))
  })
})
