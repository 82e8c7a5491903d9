import { describe, expect, it } from 'vitest'
import { OrderFences } from './order-fences.ts'
import { Status } from './status.ts'

describe('OrderFences', () => {
  it('K2: what comes after a refused call of its key is refused too, until that one has come again', () => {
    const fences = new OrderFences()
    fences.raise(7, 1, Status.noProgram, 0)
    expect(fences.refusal(7, 2)).toBe(Status.noProgram)
    expect(fences.refusal(8, 2)).toBe(0)
    // Of two that were refused, the first has to come first.
    fences.raise(7, 2, Status.noLink, 1)
    expect(fences.refusal(7, 2)).toBe(Status.noProgram)
    expect(fences.refusal(7, 1)).toBe(0)
    expect(fences.refusal(7, 2)).toBe(0)
    expect(fences.isEmpty).toBe(true)
  })

  it('K2: a call that never comes again holds up nobody for long', () => {
    const fences = new OrderFences()
    fences.raise(7, 1, Status.noProgram, 100)
    fences.expire(599)
    expect(fences.refusal(7, 2)).toBe(Status.noProgram)
    fences.expire(600)
    expect(fences.refusal(7, 2)).toBe(0)
  })

  it('K2: there are not more than 1 024', () => {
    const fences = new OrderFences()
    for (let hash = 0; hash < 5_000; hash++) fences.raise(hash, 1, Status.noLink, 0)
    expect(fences.refusal(1_023, 2)).toBe(Status.noLink)
    expect(fences.refusal(1_024, 2)).toBe(0)
  })
})
