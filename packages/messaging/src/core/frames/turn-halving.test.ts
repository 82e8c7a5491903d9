import { describe, expect, it } from 'vitest'
import { TurnHalving } from './turn-halving.ts'

describe('TurnHalving', () => {
  it('halves after a large turn, and leaves small ones whole', () => {
    const halving = new TurnHalving()
    halving.turnIsOver(4_000, false)
    expect(halving.halfwayBytes).toBe(Number.POSITIVE_INFINITY)
    halving.turnIsOver(12_000, false)
    expect(halving.halfwayBytes).toBe(6_000)
  })

  it('stops for a while when halves come back as a whole, then tries again', () => {
    const halving = new TurnHalving()
    let halved = 0
    for (let turn = 0; turn < 10_000; turn++) {
      const isHalved = halving.halfwayBytes < 12_000
      if (isHalved) halved++
      halving.turnIsOver(12_000, isHalved)
    }
    expect(halved).toBeGreaterThan(5)
    expect(halved).toBeLessThan(60)
  })

  it('goes on as long as halves come back as halves', () => {
    const halving = new TurnHalving()
    halving.turnIsOver(40_000, false)
    for (let turn = 0; turn < 100; turn++) {
      expect(halving.halfwayBytes).toBe(20_000)
      halving.turnIsOver(40_000, true)
      halving.turnIsOver(20_000, false)
      halving.turnIsOver(40_000, false)
    }
  })
})
