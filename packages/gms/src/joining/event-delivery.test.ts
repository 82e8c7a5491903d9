import { type Incarnation, incarnation, type Logger, silent } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { EventDelivery } from './event-delivery.ts'
import type { RejoinEvent } from './membership-events.ts'

const life = (value: number): RejoinEvent => ({ type: 'rejoin', incarnation: incarnation(value) })
/** Events are delivered as soon as the present call is over. */
const delivered = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('EventDelivery', () => {
  it('delivers one event at a time to all, in order, also those that a listener causes', async () => {
    const delivery = new EventDelivery(silent)
    const told: string[] = []
    delivery.on('rejoin', (event) => {
      told.push(`one ${event.incarnation}`)
      if (event.incarnation === 1) delivery.emit(life(3))
    })
    delivery.on('rejoin', (event) => told.push(`two ${event.incarnation}`))
    delivery.emit(life(1), () => told.push('before 1'))
    delivery.emit(life(2), () => told.push('before 2'))
    expect(told).toEqual([])
    await delivered()
    expect(told).toEqual(['before 1', 'one 1', 'two 1', 'before 2', 'one 2', 'two 2', 'one 3', 'two 3'])
  })

  it('goes on when a listener throws or rejects, and logs it', async () => {
    const logged: object[] = []
    const logger: Logger = { ...silent, error: (fields) => logged.push(fields) }
    const told: Incarnation[] = []
    const delivery = new EventDelivery(logger, {
      rejoin: () => {
        throw new Error('thrown')
      },
    })
    delivery.on('rejoin', () => Promise.reject(new Error('rejected')))
    delivery.on('rejoin', (event) => told.push(event.incarnation))
    delivery.emit(life(1))
    delivery.emit(life(2))
    await delivered()
    expect(told).toEqual([1, 2])
    expect(logged).toHaveLength(4)
    expect(logged[0]).toMatchObject({ event: 'listener.failed', type: 'rejoin' })
  })

  it('ends a listener by what on returns, and by its signal', async () => {
    const delivery = new EventDelivery(silent)
    const told: string[] = []
    const end = delivery.on('rejoin', () => told.push('function'))
    const controller = new AbortController()
    delivery.on('rejoin', () => told.push('signal'), { signal: controller.signal })
    delivery.on('rejoin', () => told.push('never'), { signal: AbortSignal.abort() })
    delivery.emit(life(1))
    await delivered()
    end()
    end()
    controller.abort()
    delivery.emit(life(2))
    await delivered()
    expect(told).toEqual(['function', 'signal'])
  })

  it('streams events until the last one, and ends at once for who comes later', async () => {
    const delivery = new EventDelivery(silent)
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of delivery.stream()) seen.push(event.type)
    })()
    delivery.emit(life(1))
    delivery.emit({ type: 'left' })
    delivery.emit(life(2))
    await reading
    expect(seen).toEqual(['rejoin', 'left'])
    expect(await delivery.stream().next()).toEqual({ done: true, value: undefined })
  })

  it('ends a stream by its signal', async () => {
    const delivery = new EventDelivery(silent)
    const controller = new AbortController()
    const next = delivery.stream({ signal: controller.signal }).next()
    controller.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await delivery.stream({ signal: AbortSignal.abort() }).next()).toEqual({ done: true, value: undefined })
  })
})
