import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LinkLiveness, livenessTiming } from './link-liveness.ts'

const detectMs = 3_000
const { pingMs } = livenessTiming(detectMs, true)
const asking = () => new LinkLiveness(livenessTiming(detectMs, true), 0)
const asked = () => new LinkLiveness(livenessTiming(detectMs, false), 0)

/** When a look finds the link silent, looked at every `pingMs` from `fromMs` on. */
function foundAt(link: LinkLiveness, fromMs: number): number {
  for (let nowMs = fromMs; nowMs < fromMs + 20 * detectMs; nowMs += pingMs) {
    link.late(0, nowMs)
    if (link.verdict(nowMs) !== 'alive') return nowMs
  }
  return Number.POSITIVE_INFINITY
}

describe('LinkLiveness', () => {
  it('finds silence within the detection time, whenever it is looked at; who is asked waits for three', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: pingMs, noNaN: true }), (phaseMs) => {
        const foundMs = foundAt(asking(), phaseMs)
        expect(foundMs).toBeLessThanOrEqual(detectMs)
        expect(foundMs).toBeGreaterThan(detectMs / 2)
        expect(foundAt(asked(), phaseMs)).toBeGreaterThan(2 * detectMs)
        expect(foundAt(asked(), phaseMs)).toBeLessThanOrEqual(3 * detectMs)
      }),
    )
  })

  it('believes the other end that nothing arrives there, where this end asks', () => {
    const link = asking()
    link.heard(1_000)
    link.pinged(1_999, 1_000)
    expect(link.verdict(1_000)).toBe('alive')
    link.pinged(2_000, 1_500)
    expect(link.verdict(1_500)).toBe('unheard')
    const other = asked()
    other.heard(1_500)
    other.pinged(0xffff_ffff, 1_500)
    expect(other.verdict(1_500)).toBe('alive')
  })

  it('M3: takes off what this process stood still, and what it is told of that time', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100_000, noNaN: true }), (gapMs) => {
        const link = asking()
        const nowMs = 100 + gapMs
        link.resumed(gapMs, nowMs)
        expect(link.verdict(nowMs)).toBe('alive')
        link.pinged(gapMs, nowMs + 1)
        expect(link.verdict(nowMs + 1)).toBe('alive')
        expect(foundAt(link, nowMs)).toBeLessThanOrEqual(nowMs + detectMs + pingMs)
      }),
    )
  })

  it('takes off what it looks late, since what has arrived may still wait; a later word counts again', () => {
    const link = asking()
    link.late(2_600, 2_600)
    expect(link.verdict(2_600)).toBe('alive')
    link.pinged(2_600, 2_700)
    expect(link.verdict(2_700)).toBe('alive')
    link.pinged(2_600, 2_600 + 2 * pingMs)
    expect(link.verdict(2_600 + 2 * pingMs)).toBe('unheard')
  })
})
