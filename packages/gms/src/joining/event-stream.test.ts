import { describe, expect, it } from 'vitest'
import { EventStream } from './event-stream.ts'

function stream(waitingMax = 3) {
  let ended = 0
  const events = new EventStream<number>(waitingMax, () => {
    ended += 1
  })
  return { events, ended: () => ended }
}

describe('EventStream', () => {
  it('gives events in their order, those that waited first', async () => {
    const { events } = stream()
    events.push(1)
    events.push(2)
    expect(await events.next()).toEqual({ done: false, value: 1 })
    expect(await events.next()).toEqual({ done: false, value: 2 })
    const [third, fourth] = [events.next(), events.next()]
    events.push(3)
    events.push(4)
    expect([await third, await fourth]).toEqual([
      { done: false, value: 3 },
      { done: false, value: 4 },
    ])
  })

  it('lets what waits be taken after its end, and ends who waits', async () => {
    const { events, ended } = stream()
    const seen: number[] = []
    events.push(1)
    events.push(2)
    events.end()
    events.push(3)
    for await (const event of events) seen.push(event)
    expect(seen).toEqual([1, 2])
    expect(ended()).toBe(1)
    const { events: other } = stream()
    const waiting = other.next()
    other.end()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  it('holds no more than its bound, and says that something was lost', async () => {
    const { events, ended } = stream(2)
    for (const event of [1, 2]) events.push(event)
    expect(ended()).toBe(0)
    events.push(3)
    expect(ended()).toBe(1)
    await expect(events.next()).rejects.toMatchObject({ code: 'RING_EVENTS_OVERFLOW' })
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  it('ends when the loop is left', async () => {
    const { events, ended } = stream()
    events.push(1)
    events.push(2)
    for await (const event of events) if (event === 1) break
    expect(ended()).toBe(1)
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })
})
