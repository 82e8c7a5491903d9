import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DialFailure, DialTurns } from './dial-turns.ts'

const refused: DialFailure = { kind: 'refused' }
const unreachable: DialFailure = { kind: 'unreachable' }
const rejected: DialFailure = { kind: 'rejected', reason: 'no' }

/** All ways tried one after the other. */
function verdictOf(failures: readonly DialFailure[]): DialFailure | undefined {
  const turns = new DialTurns(failures.length)
  let index = turns.next()
  while (index !== undefined) {
    const after = turns.failed(failures[index]!)
    if (after.kind === 'over') return after.failure
    index = after.kind === 'dial' ? after.index : undefined
  }
  return undefined
}

describe('DialTurns', () => {
  it('M2: refused only when every way was refused', () => {
    expect(verdictOf([refused, refused])).toEqual(refused)
    expect(verdictOf([refused, unreachable])).toEqual(unreachable)
    expect(verdictOf([unreachable, refused])).toEqual(unreachable)
    expect(verdictOf([refused, rejected, unreachable])).toEqual(rejected)
    expect(new DialTurns(0).verdict).toEqual(unreachable)
    expect(new DialTurns(1).verdict).toEqual(unreachable)
  })

  it('M2: whatever the order of failures and turns, one way that did not refuse is enough', () => {
    const failure = fc.constantFrom(refused, unreachable, rejected)
    fc.assert(
      fc.property(
        fc.array(failure, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(fc.boolean()),
        (failures, coin) => {
          const turns = new DialTurns(failures.length)
          const running: number[] = []
          const started: number[] = []
          const start = (index: number) => {
            running.push(index)
            started.push(index)
          }
          start(turns.next()!)
          for (;;) {
            // A stagger may start the next one before any has failed.
            const early = coin.next().value ? turns.next() : undefined
            if (early !== undefined) start(early)
            const after = turns.failed(failures[running.shift()!]!)
            if (after.kind === 'dial') start(after.index)
            if (after.kind !== 'over') continue
            expect(started).toEqual(failures.map((_, index) => index))
            expect(after.failure.kind === 'refused').toBe(failures.every(({ kind }) => kind === 'refused'))
            return
          }
        },
      ),
    )
  })
})
