import { unit } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../index.ts'

describe('SeededRandom', () => {
  it('F2: a draw for one purpose does not shift another', () => {
    const parent = new SeededRandom(7)
    const before = parent.fork('network').uint32()
    parent.uint32()
    parent.fork('disk').uint32()
    expect(parent.fork('network').uint32()).toBe(before)
    expect(parent.fork('disk').uint32()).not.toBe(before)
  })

  it('draws evenly', () => {
    const counts = new Array<number>(16).fill(0)
    const random = new SeededRandom(1)
    for (let draw = 0; draw < 160_000; draw++) counts[Math.floor(unit(random) * 16)]!++
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  it('draws other numbers for neighbouring seeds', () => {
    const firsts = Array.from({ length: 1_000 }, (_, seed) => new SeededRandom(seed).uint32())
    expect(new Set(firsts).size).toBe(1_000)
  })
})
