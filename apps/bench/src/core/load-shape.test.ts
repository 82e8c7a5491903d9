import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arrivals } from './arrivals.ts'
import { largestSize, parseBodySizes, sizeAt } from './body-sizes.ts'
import { KeyChoice, keySpace } from './key-choice.ts'

test('A4: body sizes: one, a range, weights; anything else is refused', () => {
  expect(parseBodySizes('1KiB')).toEqual({ kind: 'fixed', bytes: 1024 })
  expect(parseBodySizes('64..4KiB')).toEqual({ kind: 'range', from: 64, to: 4096 })
  expect(parseBodySizes('128:9,16KiB:1')).toMatchObject({ kind: 'weighted', sizes: [{ weight: 9 }, { bytes: 16_384 }] })
  for (const wrong of [
    '',
    '1',
    '63',
    '17MiB',
    '4KiB..64',
    '64..',
    '..64',
    '64..65..66',
    '128:0',
    '128:9,',
    '128:1:1',
    'x',
  ])
    expect(parseBodySizes(wrong), wrong).toBeUndefined()
})

test('A4: drawn sizes are of those asked for, by their weights', () => {
  const range = parseBodySizes('64..67')!
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (share) => {
      expect([64, 65, 66, 67]).toContain(sizeAt(range, share))
    }),
  )
  const weighted = parseBodySizes('128:9,16KiB:1')!
  const drawn = Array.from({ length: 1000 }, (_, at) => sizeAt(weighted, at / 1000))
  expect(drawn.filter((size) => size === 16_384)).toHaveLength(100)
  expect(largestSize(weighted)).toBe(16_384)
})

test('A4: keys in turn, all alike, or few of them most of the time', () => {
  let seed = 1
  const random = () => (seed = (seed * 48_271) % 0x7fff_ffff) / 0x7fff_ffff
  const counts = (distribution: 'in-turn' | 'uniform' | 'zipf') => {
    const choice = new KeyChoice(keySpace(100), distribution, random, 7)
    const drawn = new Map<string, number>()
    for (let count = 0; count < 20_000; count++) {
      const key = choice.next()
      drawn.set(key, (drawn.get(key) ?? 0) + 1)
    }
    return [...drawn.values()].sort((one, other) => other - one)
  }
  expect(new Set(counts('in-turn'))).toEqual(new Set([200]))
  const uniform = counts('uniform')
  expect(uniform).toHaveLength(100)
  expect(uniform[0]! / uniform[99]!).toBeLessThan(2)
  // The first of a hundred keys has about a fifth of all requests, by Zipf's law with 0.99.
  expect(counts('zipf')[0]! / 20_000).toBeCloseTo(0.19, 1)
})

test('A4: an open load is due evenly, and what was missed keeps its time', () => {
  const arrivals = new Arrivals(1_000, 500, 10)
  expect(arrivals.take(499)).toBeUndefined()
  expect(arrivals.take(500)).toBe(500)
  expect(arrivals.take(500.5)).toBeUndefined()
  // Nobody came for six milliseconds.
  expect(arrivals.overdue(506)).toBe(5)
  expect([1, 2, 3, 4, 5, 6].map(() => arrivals.take(506))).toEqual([501, 502, 503, 504, 505, 506])
  expect(arrivals.take(506)).toBeUndefined()
  expect(arrivals.overdue(1_000)).toBe(3)
  expect([1, 2, 3, 4].map(() => arrivals.take(1_000))).toEqual([507, 508, 509, undefined])
  expect(arrivals.nextMs).toBeUndefined()
})
