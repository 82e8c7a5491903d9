import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventQueue } from './event-queue.ts'

it('EventQueue gives events by time, equal times in the order of insertion, and skips what was cancelled', () => {
  const event = fc.record({ atMs: fc.nat(5), cancelled: fc.boolean() })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const queue = new EventQueue()
      const order: number[] = []
      events.forEach(({ atMs, cancelled }, index) => {
        const pushed = queue.push(atMs, () => order.push(index))
        if (cancelled) queue.cancel(pushed)
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

describe('a queue with cancelled events', () => {
  it('keeps the order when it sweeps them out, and does not keep them', () => {
    const queue = new EventQueue()
    const events = Array.from({ length: 5_000 }, (_, at) => queue.push((at * 7_919) % 1_000, () => undefined))
    const kept = events.filter((event, at) => {
      if (at % 5 !== 0) queue.cancel(event)
      queue.cancel(events[1]!)
      return at % 5 === 0
    })
    expect(queue.size).toBe(1_000)
    const order: number[] = []
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) order.push(next.id)
    const expected = [...kept].sort((one, other) => one.atMs - other.atMs || one.id - other.id)
    expect(order).toEqual(expected.map(({ id }) => id))
    expect(queue.size).toBe(0)
  })
})
