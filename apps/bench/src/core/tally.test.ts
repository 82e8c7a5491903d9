import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeOf, Tally } from './tally.ts'

const codes = fc.constantFrom(
  'RING_NOT_DELIVERED_NO_SERVER',
  'RING_NOT_DELIVERED_QUEUE_FULL',
  'RING_MAYBE_DELIVERED_LINK_LOST',
  'RING_HANDLER_FAILED',
  'TypeError',
)
const endings = fc.array(fc.oneof(codes, fc.boolean()), { maxLength: 200 })

function tallyOf(outcomes: readonly (string | boolean)[], outstanding = 0): Tally {
  const tally = new Tally()
  tally.sent = outcomes.length + outstanding
  for (const outcome of outcomes) {
    if (typeof outcome === 'string') tally.failure(outcome, 1)
    else tally.reply(outcome, 1)
  }
  return tally
}

test('K1: every request is entered exactly once, whatever its end', () => {
  fc.assert(
    fc.property(endings, fc.nat(20), (outcomes, outstanding) => {
      const tally = tallyOf(outcomes, outstanding)
      const { sent, replied, notDelivered, maybeDelivered, failed } = tally
      expect(tally.outstanding).toBe(outstanding)
      expect(replied + notDelivered + maybeDelivered + failed + outstanding).toBe(sent)
      expect(tally.wrong).toBe(outcomes.filter((outcome) => outcome === false).length)
      const { errors } = tally.toRecord()
      expect(Object.values(errors).reduce((sum, count) => sum + count, 0)).toBe(tally.failures)
    }),
  )
})

test('A4: the books of several processes add up', () => {
  fc.assert(
    fc.property(endings, endings, (one, other) => {
      const sum = tallyOf(one)
      sum.add(tallyOf(other).toRecord())
      expect(sum.toRecord()).toEqual(tallyOf([...one, ...other]).toRecord())
    }),
  )
})

test('A4: a flood of different codes does not grow the books', () => {
  const tally = tallyOf(Array.from({ length: 1_000 }, (_, index) => `CODE_${index}`))
  expect(Object.keys(tally.toRecord().errors).length).toBeLessThanOrEqual(65)
  expect(tally.failed).toBe(1_000)
})

test('A4: whatever is thrown has a code', () => {
  expect(codeOf(Object.assign(new Error('no'), { code: 'EPIPE' }))).toBe('EPIPE')
  expect(codeOf(new RangeError('no'))).toBe('RangeError')
  expect(codeOf('no')).toBe('UNKNOWN')
})
