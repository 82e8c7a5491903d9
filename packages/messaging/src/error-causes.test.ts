import { incarnation, nodeName } from '@ring/platform'
import { afterEach, describe, expect, it } from 'vitest'
import { plainDialer, staticRouting } from '../bench/plain-links.ts'
import { createMessaging, type Messaging, type Program, systemClock } from './index.ts'

const running: Messaging[] = []
afterEach(async () => {
  for (const messaging of running.splice(0)) await messaging.stop({ drainMs: 50 })
})

async function node(): Promise<{ messaging: Messaging; client: Program; serve: Program['serve'] }> {
  const messaging = await createMessaging({
    ...{ group: 'test', name: nodeName('s0'), incarnation: incarnation(1), role: 'server' },
    ...{ clock: systemClock, random: { uint32: () => 0 }, dialer: plainDialer },
  })
  running.push(messaging)
  messaging.setRouting(staticRouting([{ name: 's0', address: '127.0.0.1:1' }]))
  const serve: Program['serve'] = (handler) => {
    messaging.embed({ role: 'server', name: 'server' }).serve(handler)
  }
  return { messaging, client: messaging.embed({ role: 'client', name: 'client' }), serve }
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  try {
    await call
  } catch (error) {
    return error as Error
  }
  throw new Error('it did not fail')
}

const forEver = (): Promise<Uint8Array> => new Promise(() => undefined)

describe('U3: what an error says of its call', () => {
  it('U3: why the caller gave up is the cause, whenever that was', async () => {
    const { client, serve } = await node()
    serve(forEver)
    const why = new Error('the user went away')
    const before = await failureOf(client.request('k', 'x', { signal: AbortSignal.abort(why) }))
    expect(before).toMatchObject({ code: 'RING_NOT_DELIVERED_CANCELLED', cause: why })
    const running = new AbortController()
    const call = failureOf(client.request('k', 'x', { signal: running.signal, deadlineMs: 0 }))
    await new Promise((resolve) => setTimeout(resolve, 20))
    running.abort(why)
    expect(await call).toMatchObject({ code: 'RING_MAYBE_DELIVERED_CANCELLED_RUNNING', cause: why })
  })

  it('U3: why the caller gave up is the cause of what was held back, too', async () => {
    const { client } = await node()
    const held = new AbortController()
    const call = failureOf(client.request('k', 'x', { signal: held.signal, whenDown: 'wait' }))
    await new Promise((resolve) => setTimeout(resolve, 20))
    held.abort()
    expect(await call).toMatchObject({ code: 'RING_NOT_DELIVERED_CANCELLED', cause: { name: 'AbortError' } })
  })

  it.each([
    ['no program is there', 'RING_NOT_DELIVERED_NO_PROGRAM', undefined],
    ['the handler throws', 'RING_HANDLER_FAILED', () => Promise.reject(new Error('no'))],
    ['the deadline passes', 'RING_MAYBE_DELIVERED_OVERDUE_RUNNING', forEver],
  ])('U3: the stack of a failed call shows the caller: %s', async (_, code, handler) => {
    const { client, serve } = await node()
    if (handler) serve(handler)
    async function orderBook(): Promise<void> {
      await client.request('k', 'x', { deadlineMs: 50 })
    }
    async function shop(): Promise<void> {
      await orderBook()
    }
    const error = await failureOf(shop())
    expect(error).toMatchObject({ code })
    const [first, second, third] = error.stack!.split('\n')
    expect(first).toBe(`${error.name}: ${error.message}`)
    expect(second).toMatch(/at (async )?orderBook .*error-causes\.test\.ts/)
    expect(third).toMatch(/at (async )?shop /)
  })
})
