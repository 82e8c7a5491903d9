import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextIncarnation } from './identity.ts'

const wallMs = fc.double({ min: 0, max: Date.UTC(2248, 0, 1), noNaN: true })
const tail = fc.integer({ min: 0, max: 0xffff_ffff })
const known = fc.integer({ min: 0, max: Date.UTC(2248, 0, 1) * 1024 })

describe('M4: nextIncarnation', () => {
  it('is above every life that is known, wherever the clock was set', () => {
    fc.assert(fc.property(known, wallMs, tail, (last, wall, random) => nextIncarnation(last, wall, random) > last))
  })

  it('is an integer that a double holds exactly until 2248', () => {
    fc.assert(
      fc.property(known, wallMs, tail, (last, wall, random) =>
        Number.isSafeInteger(nextIncarnation(last, wall, random)),
      ),
    )
  })

  it('rises with the clock, whatever the tails are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 42 }), tail, tail, (wall, one, other) => {
        expect(nextIncarnation(0, wall + 1, other)).toBeGreaterThan(nextIncarnation(0, wall, one))
      }),
    )
  })

  it('tells two lives of one millisecond apart by their tails', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 42 }), tail, tail, (wall, one, other) => {
        const same = nextIncarnation(0, wall, one) === nextIncarnation(0, wall, other)
        expect(same).toBe(one % 1024 === other % 1024)
      }),
    )
  })
})
