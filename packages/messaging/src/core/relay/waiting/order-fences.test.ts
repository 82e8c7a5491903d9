import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Status } from '../../frames/status.ts'
import { OrderFences } from './order-fences.ts'

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

  it('K2: an earlier call, which somebody else had refused, goes before the one that was refused here', () => {
    const fences = new OrderFences()
    fences.raise(7, 5, Status.noProgram, 0)
    expect(fences.refusal(7, 6)).toBe(Status.noProgram)
    expect(fences.refusal(7, 3)).toBe(0)
    expect(fences.refusal(7, 5)).toBe(0)
    expect(fences.refusal(7, 6)).toBe(0)
    expect(fences.isEmpty).toBe(true)
  })

  it('K2: whatever two programs on one link were refused, no call passes a refused one of its own program', () => {
    const calls = fc.record({ program: fc.constantFrom(0, 1), isRefused: fc.boolean() })
    fc.assert(
      fc.property(fc.array(calls, { maxLength: 30 }), (asked) => {
        const fences = new OrderFences()
        const sent: number[][] = [[], []]
        // Their numbers say nothing of each other.
        const numberOf = (program: number) => program * 7 + sent[program]!.length
        const passed: number[][] = [[], []]
        const arrive = (program: number, number: number, isRefused: boolean) => {
          if (isRefused) fences.raise(7, number, Status.noProgram, 0)
          else if (fences.refusal(7, number) === 0) passed[program]!.push(number)
        }
        for (const { program, isRefused } of asked) {
          const number = numberOf(program)
          sent[program]!.push(number)
          arrive(program, number, isRefused)
        }
        // Each sends again, in order, what was refused, until all has passed.
        for (let round = 0; round < 31; round++)
          for (const [program, numbers] of sent.entries())
            for (const number of numbers) if (!passed[program]!.includes(number)) arrive(program, number, false)
        expect(passed).toEqual(sent)
      }),
    )
  })

  it('K2: where more were refused than are kept, none of the others passes before those that are', () => {
    for (const bounds of [
      { fences: 9, refused: 2, refusedInAll: 9 },
      { fences: 9, refused: 9, refusedInAll: 2 },
    ]) {
      const fences = new OrderFences(bounds)
      for (const call of [10, 11, 12]) fences.raise(7, call, Status.moved, 0)
      // Of another program, perhaps: it may be the one that is not kept.
      expect(fences.refusal(7, 3)).toBe(Status.moved)
      expect([10, 11, 12, 3].map((call) => fences.refusal(7, call))).toEqual([0, 0, 0, 0])
      // And there is room again.
      fences.raise(8, 1, Status.moved, 0)
      expect(fences.refusal(8, 2)).toBe(Status.moved)
      expect(fences.refusal(8, 1)).toBe(0)
    }
  })

  it('K2: numbers of calls begin anew', () => {
    const fences = new OrderFences()
    fences.raise(7, 0xffff_ffff, Status.noProgram, 0)
    expect(fences.refusal(7, 0)).toBe(Status.noProgram)
    expect(fences.refusal(7, 0xffff_fffe)).toBe(0)
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
