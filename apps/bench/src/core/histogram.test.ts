import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

const milliseconds = fc.array(fc.double({ min: 0, max: 400_000, noNaN: true }), { minLength: 1, maxLength: 300 })

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

test('A4: a percentile is at most 0.8 % (and a tick) above the value it stands for', () => {
  fc.assert(
    fc.property(milliseconds, fc.constantFrom(50, 90, 99, 99.9, 100), (values, percent) => {
      const sorted = [...values].sort((one, other) => one - other)
      const exact = sorted[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)]! * 1_000
      const told = histogramOf(values).percentileMicros(percent)
      expect(told).toBeGreaterThanOrEqual(exact - 0.06)
      expect(told).toBeLessThanOrEqual(exact * 1.008 + 0.16)
    }),
  )
})

test('A4: what processes recorded apart and added is what one would have recorded', () => {
  fc.assert(
    fc.property(milliseconds, milliseconds, (one, other) => {
      const sum = histogramOf(one)
      sum.add(JSON.parse(JSON.stringify(histogramOf(other).toRecord())) as ReturnType<Histogram['toRecord']>)
      const { sumMs, ...together } = histogramOf([...one, ...other]).toRecord()
      const { sumMs: added, ...merged } = sum.toRecord()
      expect(merged).toEqual(together)
      expect(added).toBeCloseTo(sumMs, 3)
    }),
  )
})

test('A4: an empty histogram says 0, and absurd times stay within it', () => {
  expect(new Histogram().percentileMicros(99)).toBe(0)
  const histogram = histogramOf([-5, 1e300])
  expect(histogram.minMicros).toBe(0)
  expect(histogram.percentileMicros(100)).toBe(0xffff_ffff / 10)
})
