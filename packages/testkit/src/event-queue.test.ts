import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventQueue } from './event-queue.ts'

it('EventQueue gives events by time, equal times in the order of insertion, and skips what was cancelled', () => {
  const event = fc.record({ atMs: fc.nat(5), cancelled: fc.boolean() })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const queue = new EventQueue()
      const order: number[] = []
      events.forEach(({ atMs, cancelled }, index) => {
        queue.push(atMs, () => order.push(index)).cancelled = cancelled
      })
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) next.run()
      const expected = events
        .map((one, index) => ({ ...one, index }))
        .filter((one) => !one.cancelled)
        .sort((one, other) => one.atMs - other.atMs || one.index - other.index)
        .map((one) => one.index)
      expect(order).toEqual(expected)
    }),
  )
})
