import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { below, jittered, type Random, randomHex, shuffled, unit } from './random.ts'

/** Gives the numbers in turn, again and again: any source of chance is one of these. */
function sourceOf(numbers: readonly number[]): Random {
  let at = 0
  return { uint32: () => numbers[at++ % numbers.length]! }
}

const source = fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { minLength: 1, maxLength: 20 }).map(sourceOf)

describe('chance', () => {
  it('unit is at least 0 and below 1', () => {
    expect(unit(sourceOf([0]))).toBe(0)
    expect(unit(sourceOf([0xffff_ffff]))).toBeLessThan(1)
  })

  it('below gives integers below the bound, up to the last', () => {
    fc.assert(
      fc.property(source, fc.integer({ min: 1, max: 2 ** 32 }), (random, bound) => {
        const value = below(random, bound)
        expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true)
      }),
    )
    expect(below(sourceOf([0xffff_ffff]), 6)).toBe(5)
  })

  it('jittered stays within its part on both sides, and reaches both', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(source, fc.integer({ min: 0, max: 1_000_000 }), part, (random, delayMs, within) => {
        const value = jittered(random, delayMs, within)
        expect(value).toBeGreaterThanOrEqual(delayMs * (1 - within) - 1e-6)
        expect(value).toBeLessThanOrEqual(delayMs * (1 + within) + 1e-6)
      }),
    )
    expect(jittered(sourceOf([0]), 1_000)).toBeCloseTo(900)
    expect(jittered(sourceOf([0xffff_ffff]), 1_000)).toBeCloseTo(1_100)
  })

  it('shuffled is a permutation in a fresh array', () => {
    fc.assert(
      fc.property(source, fc.array(fc.nat(9)), (random, items) => {
        const before = [...items]
        const result = shuffled(random, items)
        expect(result).not.toBe(items)
        expect(items).toEqual(before)
        expect([...result].sort()).toEqual([...items].sort())
      }),
    )
  })

  it('shuffled comes to every order, about equally often', () => {
    let state = 1
    const random: Random = {
      uint32: () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        return state
      },
    }
    const seen = new Map<string, number>()
    for (let round = 0; round < 6_000; round++) {
      const order = shuffled(random, ['a', 'b', 'c']).join('')
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    expect(seen.size).toBe(6)
    for (const count of seen.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200)
  })

  it('randomHex has two digits a byte', () => {
    fc.assert(
      fc.property(source, fc.integer({ min: 0, max: 40 }), (random, length) => {
        expect(randomHex(random, length)).toMatch(new RegExp(`^[0-9a-f]{${length * 2}}$`))
      }),
    )
  })
})
