import { describe, expect, it } from 'vitest'
import { RoundTrip } from './round-trip.ts'

describe('RoundTrip', () => {
  it('begins with the least, and follows what is measured within its bounds', () => {
    const roundTrip = new RoundTrip()
    expect(roundTrip.lateAfterMs(250, 500)).toBe(250)
    for (let count = 0; count < 50; count++) roundTrip.note(2)
    expect(roundTrip.lateAfterMs(250, 500)).toBe(250)
    for (let count = 0; count < 50; count++) roundTrip.note(count % 2 === 0 ? 150 : 250)
    expect(roundTrip.lateAfterMs(250, 500)).toBeGreaterThan(350)
    for (let count = 0; count < 50; count++) roundTrip.note(3_000)
    expect(roundTrip.lateAfterMs(250, 500)).toBe(500)
    for (let count = 0; count < 100; count++) roundTrip.note(2)
    expect(roundTrip.lateAfterMs(250, 500)).toBe(250)
  })
})
