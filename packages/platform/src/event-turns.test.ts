import { describe, expect, it } from 'vitest'
import { EventTurns } from './event-turns.ts'
import { callListener } from './listeners.ts'
import { silent } from './logger.ts'

describe('EventTurns', () => {
  it('an event that comes from within another waits until that one is through', () => {
    const told: string[] = []
    const turns: EventTurns<number> = new EventTurns((event) => {
      told.push(`${event} begins`)
      if (event < 3) turns.push(event + 1)
      told.push(`${event} ends`)
    })
    turns.push(1)
    expect(told).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends'])
  })

  it('goes on after an event that failed', () => {
    const told: number[] = []
    const turns: EventTurns<number> = new EventTurns((event) => {
      if (event === 1) {
        turns.push(2)
        throw new Error('failed')
      }
      told.push(event)
    })
    expect(() => turns.push(1)).toThrow('failed')
    turns.push(3)
    expect(told).toEqual([2, 3])
  })
})

describe('callListener', () => {
  it('logs what is thrown and what is rejected, and throws nothing', async () => {
    const logged: object[] = []
    const logger = { ...silent, error: (fields: object) => void logged.push(fields) }
    callListener(logger, 'thrown', () => {
      throw new Error('1')
    })
    callListener(logger, 'rejected', () => Promise.reject(new Error('2')))
    await Promise.resolve()
    await Promise.resolve()
    expect(logged).toMatchObject([
      { event: 'listener.failed', type: 'thrown' },
      { event: 'listener.failed', type: 'rejected' },
    ])
  })
})
