import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { updateTimeMs, updateTimeOf, updateTimeOfText, updateTimeText } from './update-time.ts'

describe('A6: when a state last changed', () => {
  it('is printed as CHMPX prints it', () => {
    expect(updateTimeText(30119968667235644n)).toBe('2026-11-21 19h 40m 33s 947ms 516us(30119968667235644)')
    expect(updateTimeText(30119988632074739n)).toBe('2026-11-21 20h 00m 23s 899ms 571us(30119988632074739)')
    expect(updateTimeText(0n)).toBe('1970-01-01 00h 00m 00s 0ms 0us(0)')
  })

  it('keeps its order and comes back from its text', () => {
    const times = fc.double({ min: 0, max: 4e12, noNaN: true })
    fc.assert(
      fc.property(times, times, (one, other) => {
        const time = updateTimeOf(one)
        expect(updateTimeOfText(updateTimeText(time))).toBe(time)
        expect(updateTimeOfText(String(time))).toBe(time)
        expect(Math.abs(updateTimeMs(time) - one)).toBeLessThan(0.01)
        if (one < other) expect(time <= updateTimeOf(other)).toBe(true)
      }),
    )
  })

  it('never throws, whatever number or text it is', () => {
    expect(updateTimeText(2n ** 80n)).toBe(`(${2n ** 80n})`)
    expect(updateTimeOf(-5)).toBe(0n)
    for (const text of ['', '()', '(x)', '12x', '9'.repeat(500)]) expect(updateTimeOfText(text)).toBeUndefined()
  })
})
