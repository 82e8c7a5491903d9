import { readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { incarnation, nodeName } from '@ring/platform'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listenPlain, plainDialer, staticRouting } from '../bench/plain-links.ts'
import { firstLinesWith, serveLines } from '../examples/tail.ts'
import { attachProgram, createMessaging, type Messaging, type Program, systemClock } from './index.ts'

const mebibyte = 1_024 * 1_024
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

const cleanUp: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

async function node(name: string, role: 'server' | 'slave') {
  const runtimeDirectory = join(await mkdtemp(join(tmpdir(), 'ring-')), 'run')
  const messaging: Messaging = await createMessaging({
    ...{ group: 'test', name: nodeName(name), incarnation: incarnation(1), role, runtimeDirectory },
    ...{ clock: systemClock, random: { uint32: () => 7 }, dialer: plainDialer },
  })
  const { server, address } = await listenPlain(() => messaging)
  cleanUp.push(async () => {
    await messaging.stop({ drainMs: 50 })
    server.close()
  })
  return { messaging, runtimeDirectory, name, address }
}

/** A server and a slave, each with an embedded program and one at a socket. */
async function ring() {
  const server = await node('s0', 'server')
  const slave = await node('slave', 'slave')
  for (const { messaging } of [server, slave]) messaging.setRouting(staticRouting([server]))
  await vi.waitUntil(() => slave.messaging.hasBeenLinked)
  const attach = async (runtimeDirectory: string, role: 'server' | 'client', service?: string): Promise<Program> => {
    const options = { runtimeDirectory, role, name: 'program' } as const
    const program = await attachProgram(service === undefined ? options : { ...options, service })
    cleanUp.push(() => program.close({ drainMs: 0 }))
    return program
  }
  return {
    embedded: server.messaging.embed({ role: 'server', name: 'embedded' }),
    attached: await attach(server.runtimeDirectory, 'server', 'attached'),
    clients: {
      embedded: slave.messaging.embed({ role: 'client', name: 'client' }),
      attached: await attach(slave.runtimeDirectory, 'client'),
      beside: server.messaging.embed({ role: 'client', name: 'beside' }),
    },
  }
}

async function taken(stream: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: string[] = []
  for await (const item of stream) all.push(text(item))
  return all
}

describe('streams of a ring', () => {
  it('F2: reach every kind of program from every kind of program, by key and by server', async () => {
    const { embedded, attached, clients } = await ring()
    for (const program of [embedded, attached]) program.serve(({ body }) => Readable.from([text(body), 'and', 'more']))
    for (const client of Object.values(clients)) {
      expect(await taken(client.requestStream('key', 'one'))).toEqual(['one', 'and', 'more'])
      expect(await taken(client.requestStreamTo('s0', 'two'))).toEqual(['two', 'and', 'more'])
      expect(await taken(client.service('attached').requestStream('key', 'three'))).toEqual(['three', 'and', 'more'])
      expect(text(await client.request('key', 'four'))).toBe('fourandmore')
      await client.send('key', 'five')
    }
  })

  it('F2: the example of the README', async () => {
    const { embedded, clients } = await ring()
    let read = 0
    serveLines(embedded, async function* () {
      for (;;) {
        await Promise.resolve()
        yield `${read++ % 3 === 0 ? 'error' : 'all is well'} ${'.'.repeat(1_000)}`
      }
    })
    expect(await firstLinesWith('error', 'syslog', 3, clients.attached)).toHaveLength(3)
    const all = read
    expect(await firstLinesWith('well', 'syslog', 1, clients.beside)).toHaveLength(1)
    // The first handler reads no more; the windows on the way are all that either was ahead.
    expect(read).toBeLessThan(all + 1_000)
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    expect(readme).toContain(readFileSync(new URL('../examples/tail.ts', import.meta.url), 'utf8').trim())
  })

  it('K3: 64 MiB pass without the handler ever being far ahead of the consumer', async () => {
    const { attached, clients } = await ring()
    const item = new Uint8Array(64 * 1_024).fill(7)
    let yielded = 0
    attached.serve(async function* () {
      for (; yielded < 64 * mebibyte; yielded += item.length) {
        await Promise.resolve()
        yield item
      }
    })
    let bytes = 0
    let furthest = 0
    for await (const { length } of clients.attached.service('attached').requestStream('key', '')) {
      bytes += length
      furthest = Math.max(furthest, yielded - bytes)
    }
    expect(bytes).toBe(64 * mebibyte)
    expect(furthest).toBeLessThan(mebibyte)
  })

  it('K1: a program that closes lets its streams end', async () => {
    const { attached, clients } = await ring()
    let goOn: () => void = () => undefined
    const goesOn = new Promise<void>((resolve) => (goOn = resolve))
    attached.serve(async function* () {
      yield 'one'
      await goesOn
      yield 'two'
    })
    const stream = clients.embedded.service('attached').requestStream('key', '')
    const { value } = (await stream.next()) as IteratorResult<Uint8Array, undefined>
    expect(text(value!)).toBe('one')
    let hasClosed = false
    const closed = attached.close().then(() => (hasClosed = true))
    const rest = taken(stream)
    // Its node may be given this one before it is told.
    const late = clients.embedded
      .service('attached')
      .request('key', '')
      .then(text, () => 'refused')
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(hasClosed).toBe(false)
    goOn()
    expect(await rest).toEqual(['two'])
    await closed
    expect(['refused', 'onetwo']).toContain(await late)
  })

  it('K1: arguments that cannot be taken, and calls of a program that has closed, are told by the iterator', async () => {
    const { clients } = await ring()
    const refused = { code: 'RING_ARGUMENT' }
    const odd = [
      clients.attached.requestStream({} as never, ''),
      clients.attached.requestStream('key', 5 as never),
      clients.attached.requestStreamTo('', ''),
      clients.attached.requestStream('key', '', { deadlineMs: -1 }),
    ]
    for (const stream of odd) {
      await expect(stream.next()).rejects.toMatchObject(refused)
      expect(await stream.next()).toEqual({ done: true, value: undefined })
    }
    await clients.attached.close()
    const late = clients.attached.requestStream('key', '')
    await expect(late.next()).rejects.toMatchObject({ reason: 'closing' })
  })
})
