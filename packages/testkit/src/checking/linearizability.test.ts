import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CompareAndSetInput,
  type CompareAndSetOutput,
  checkLinearizable,
  compareAndSetModel,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from '../index.ts'

type PlainOperation = Operation<RegisterInput<number>, RegisterOutput<number>>
type CasOperation = Operation<CompareAndSetInput<number>, CompareAndSetOutput<number>>

const write = (value: number, beginMs: number, endMs?: number): PlainOperation => ({
  client: 'w',
  input: { kind: 'write', value },
  beginMs,
  ...(endMs === undefined ? {} : { end: { atMs: endMs, output: 'written' } }),
})
const read = (value: number, beginMs: number, endMs: number): PlainOperation => ({
  client: 'r',
  input: { kind: 'read' },
  beginMs,
  end: { atMs: endMs, output: { value } },
})
const plain = (...history: PlainOperation[]): string => checkLinearizable(history, registerModel(0)).kind

describe('checkLinearizable', () => {
  it('accepts what overlapping may explain and refuses a stale read', () => {
    expect(plain(write(1, 0, 10), read(0, 2, 4), read(1, 5, 6))).toBe('linearizable')
    expect(plain(write(1, 0, 10), read(0, 11, 12))).toBe('violated')
    expect(plain(write(1, 0, 10), read(1, 2, 3), read(0, 4, 5))).toBe('violated')
  })

  it('lets an unanswered write happen late, or never, but not be taken back', () => {
    expect(plain(write(1, 0), read(0, 5, 6))).toBe('linearizable')
    expect(plain(write(1, 0), read(0, 5, 6), read(1, 7, 8))).toBe('linearizable')
    expect(plain(write(1, 0), read(1, 5, 6), read(0, 7, 8))).toBe('violated')
    expect(plain(write(1, 10), read(1, 5, 6))).toBe('violated')
  })

  it('names what cannot be explained', () => {
    const stale = read(0, 11, 12)
    const verdict = checkLinearizable([write(1, 0, 10), stale], registerModel(0))
    expect(verdict).toMatchObject({ kind: 'violated', stuck: [stale] })
  })

  it('checks compare-and-set: two winners from one value are wrong, unless one was never answered', () => {
    const set = (expected: number, next: number, output?: CompareAndSetOutput<number>): CasOperation => ({
      client: `${next}`,
      input: { kind: 'compare-and-set', expected, next },
      beginMs: 0,
      ...(output === undefined ? {} : { end: { atMs: 10, output } }),
    })
    const cas = (...history: CasOperation[]): string => checkLinearizable(history, compareAndSetModel(0)).kind
    expect(cas(set(0, 1, 'set'), set(0, 2, 'set'))).toBe('violated')
    expect(cas(set(0, 1, 'set'), set(0, 2, 'not-set'))).toBe('linearizable')
    expect(cas(set(0, 1, 'set'), set(0, 2))).toBe('linearizable')
    expect(cas(set(0, 1, 'not-set'))).toBe('violated')
  })

  it('says when it gave up', () => {
    expect(checkLinearizable([write(1, 0, 1), write(2, 0, 1)], registerModel(0), 1).kind).toBe('undecided')
  })

  it('accepts every history that a real register gave, however its answers were delayed', () => {
    const call = fc.record({
      at: fc.integer({ min: 0, max: 100 }),
      before: fc.integer({ min: 0, max: 20 }),
      after: fc.integer({ min: 0, max: 20 }),
      value: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    })
    fc.assert(
      fc.property(fc.uniqueArray(call, { selector: (one) => one.at, maxLength: 12 }), (calls) => {
        let state = 0
        const history = [...calls]
          .sort((one, other) => one.at - other.at)
          .map(({ at, before, after, value }) => {
            if (value !== undefined) state = value
            return value === undefined
              ? read(state, at - before, at + after)
              : write(value, at - before, after === 0 ? undefined : at + after)
          })
        expect(plain(...history)).toBe('linearizable')
      }),
    )
  })
})
