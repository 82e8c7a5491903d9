import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incarnation, nodeName } from '@ring/platform'
import { afterEach, describe, expect, it } from 'vitest'
import { staticRouting } from '../bench/plain-links.ts'
import { attachProgram, createMessaging, type Messaging, type Program, systemClock } from './index.ts'

/** Enough to be sure that nothing else gets a turn; few enough to end soon where that is so. */
const triesAtMost = 200_000
const body = new Uint8Array(1)

const cleanUp: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

async function node(runtimeDirectory?: string): Promise<Messaging> {
  const messaging = await createMessaging({
    ...{ group: 'test', name: nodeName('node'), incarnation: incarnation(1), role: 'server' as const },
    ...(runtimeDirectory !== undefined && { runtimeDirectory }),
    ...{ clock: systemClock, random: { uint32: () => 1 }, dialer: { open: () => ({ cancel: () => undefined }) } },
  })
  cleanUp.push(() => messaging.stop({ drainMs: 0 }))
  return messaging
}

const routedTo = (name: string) => staticRouting([{ name, address: '' }])

/** How often `attempt` was made before the loop had turned so often that a timer could run. */
async function triesUntilTurned(attempt: () => Promise<unknown>): Promise<number> {
  let turns = 0
  const turn = (): void => {
    turns++
    if (turns < 3) setImmediate(turn)
  }
  setImmediate(turn)
  let tries = 0
  while (turns < 3 && tries < triesAtMost) {
    tries++
    await attempt().catch(() => undefined)
  }
  return tries
}

type Attempt = (program: Program) => Promise<unknown>
const attempts: Readonly<Record<string, Attempt>> = {
  request: (program) => program.request('k', body),
  send: (program) => program.send('k', body),
  broadcast: (program) => program.broadcast(body),
  replicate: (program) => program.replicate('k', body),
  requestStream: (program) => program.requestStream('k', body).next(),
  post: async (program) => {
    try {
      while (!program.post('k', body)) await program.room()
    } catch {
      await program.room()
    }
  },
}
const calls = Object.entries(attempts)

describe('a program that calls in a loop lets the event loop turn', () => {
  it.each(calls.slice(0, 5))('K1: %s fails, with nobody attached and without a link', async (_name, attempt) => {
    for (const routing of [routedTo('node'), routedTo('another')]) {
      const messaging = await node()
      messaging.setRouting(routing)
      const program = messaging.embed({ role: 'client', name: 'c' })
      expect(await triesUntilTurned(() => attempt(program))).toBeLessThan(triesAtMost)
    }
  })

  it.each(calls)('K1: %s at a program that was closed, embedded and attached', async (_name, attempt) => {
    const directory = join(await mkdtemp(join(tmpdir(), 'ring-')), 'run')
    const messaging = await node(directory)
    messaging.setRouting(routedTo('node'))
    const attached = await attachProgram({ runtimeDirectory: directory, role: 'client', name: 'a' })
    for (const program of [messaging.embed({ role: 'client', name: 'c' }), attached]) {
      await program.close()
      expect(await triesUntilTurned(() => attempt(program))).toBeLessThan(triesAtMost)
    }
  })

  it.each(calls)('K1: %s that succeeds within the process', async (_name, attempt) => {
    const messaging = await node()
    messaging.setRouting(routedTo('node'))
    messaging.embed({ role: 'server', name: 's' }).serve(() => undefined)
    const program = messaging.embed({ role: 'client', name: 'c' })
    expect(await triesUntilTurned(() => attempt(program))).toBeLessThan(triesAtMost)
  })

  it('K1: the items of a stream within the process, and a stream that is run for one who sends', async () => {
    for (const item of ['', 'an item', 'a'.repeat(100_000)]) {
      const messaging = await node()
      messaging.setRouting(routedTo('node'))
      let hasTurned = false
      messaging.embed({ role: 'server', name: 's' }).serve(async function* () {
        for (let items = 0; items < triesAtMost && !hasTurned; items++) {
          await Promise.resolve()
          yield item
        }
      })
      const program = messaging.embed({ role: 'client', name: 'c' })
      const stream = program.requestStream('k', body)
      expect(await triesUntilTurned(() => stream.next())).toBeLessThan(triesAtMost)
      await stream.return?.()
      setImmediate(() => (hasTurned = true))
      await program.send('k', body)
      expect(hasTurned).toBe(true)
    }
  })

  it('K1: a full window of calls', async () => {
    const messaging = await node()
    messaging.setRouting(routedTo('node'))
    messaging.embed({ role: 'server', name: 's' }).serve(() => new Promise(() => undefined))
    const program = messaging.embed({ role: 'client', name: 'c' })
    for (let call = 0; call < 1_024; call++) program.request('k', body).catch(() => undefined)
    expect(await triesUntilTurned(() => program.request('k', body))).toBeLessThan(triesAtMost)
  })
})
