import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RefusedCalls } from './refused-calls.ts'

describe('RefusedCalls', () => {
  it('K2: knows each call that was added and not taken out, and whether one has a lower number, over the end of the numbers too', () => {
    const first = 0xffff_fff0
    const steps = fc.array(fc.record({ takesOut: fc.boolean(), place: fc.nat(40) }), { maxLength: 120 })
    fc.assert(
      fc.property(steps, (taken) => {
        const calls = new RefusedCalls()
        const kept = new Set<number>()
        for (const { takesOut, place } of taken) {
          const number = (first + place) >>> 0
          if (takesOut) expect(calls.delete(number)).toBe(kept.delete(place))
          else {
            expect(calls.add(number)).toBe(!kept.has(place))
            kept.add(place)
          }
          expect(calls.size).toBe(kept.size)
          for (let asked = 0; asked <= 40; asked += 5) {
            const at = (first + asked) >>> 0
            expect(calls.has(at)).toBe(kept.has(asked))
            expect(calls.hasBefore(at)).toBe([...kept].some((one) => one < asked))
          }
        }
      }),
    )
  })
})
