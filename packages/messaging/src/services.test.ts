import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incarnation, nodeName } from '@ring/platform'
import { handshakeOn, ListenerHandshake, listenUnix } from '@ring/transport'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listenPlain, plainDialer, staticRouting } from '../bench/plain-links.ts'
import { attachProgram, createMessaging, type Messaging, type MessagingOptions, systemClock } from './index.ts'
import { nodeSide, openBounds, type ProgramIdentity } from './program-handshake.ts'
import { encodeRouting } from './routing-notice.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
/** Two names with one id. */
const clashing = ['8yn0iYCKYHlIj4-BwPqk', 'GReLUrM4wMqfg9yzV3KQ'] as const

const cleanUp: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

async function directory(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'ring-')), 'run')
}

async function node(name: string, role: 'server' | 'slave', more: Partial<MessagingOptions> = {}) {
  const runtimeDirectory = await directory()
  const messaging: Messaging = await createMessaging({
    ...{ group: 'test', name: nodeName(name), incarnation: incarnation(1), role, runtimeDirectory },
    ...{ clock: systemClock, random: { uint32: () => 7 }, dialer: plainDialer },
    ...more,
  })
  const { server, address } = await listenPlain(() => messaging)
  cleanUp.push(async () => {
    await messaging.stop({ drainMs: 50 })
    server.close()
  })
  return { messaging, runtimeDirectory, name, address }
}

/** Two servers and a slave. */
async function ring() {
  const servers = [await node('s0', 'server'), await node('s1', 'server')]
  const slave = await node('slave', 'slave')
  const routing = staticRouting(servers)
  for (const { messaging } of [...servers, slave]) messaging.setRouting(routing)
  await vi.waitUntil(() => slave.messaging.hasBeenLinked)
  return { servers, slave }
}

async function attach(options: Parameters<typeof attachProgram>[0]) {
  const program = await attachProgram(options)
  cleanUp.push(() => program.close({ drainMs: 0 }))
  return program
}

describe('services of a ring', () => {
  it('F2: a program attaches for a service, over the socket and embedded, and is asked by its name', async () => {
    const { servers, slave } = await ring()
    for (const { messaging, runtimeDirectory, name } of servers) {
      messaging.embed({ role: 'server', name: 'plain' }).serve(() => `unnamed at ${name}`)
      const service = 'accounts'
      const handler = () => `accounts at ${name}`
      if (name === 's0') await attach({ runtimeDirectory, role: 'server', name: 'socket', service, handler })
      else messaging.embed({ role: 'server', name: 'inside', service }).serve(handler)
    }
    const attached = await attach({ runtimeDirectory: slave.runtimeDirectory, role: 'client', name: 'asks' })
    for (const client of [attached, slave.messaging.embed({ role: 'client', name: 'asks too' })]) {
      const accounts = client.service('accounts')
      expect([accounts.name, client.service('accounts')]).toEqual(['accounts', accounts])
      for (let key = 0; key < 20; key++) {
        expect(text(await client.request(key, ''))).toMatch(/^unnamed/)
        expect(text(await accounts.request(key, ''))).toMatch(/^accounts/)
      }
      await accounts.send('key', '')
      expect(accounts.post('key', '')).toBe(true)
      await vi.waitUntil(() => accounts.posts.handled === 1)
      expect(client.counters.posts.taken).toBe(0)
      const answers = await accounts.broadcast('')
      expect(answers.map((answer) => (answer.ok ? text(answer.body) : answer.error.message)).sort()).toEqual([
        'accounts at s0',
        'accounts at s1',
      ])
      const ledger = await client.service('ledger').replicate('key', '')
      const nobody = { ok: false, error: { code: 'RING_NOT_DELIVERED_NO_SERVICE', service: 'ledger' } }
      expect(ledger).toMatchObject([nobody, nobody])
    }
    expect(servers[0]!.messaging.programs).toMatchObject([
      { name: 'plain', role: 'server' },
      { name: 'socket', role: 'server', service: 'accounts' },
    ])
    expect(servers[0]!.messaging.programs[0]).not.toHaveProperty('service')
  })

  it('F2: a request is addressed to one server, whatever keys it owns', async () => {
    const { servers, slave } = await ring()
    for (const { messaging, name } of servers) {
      messaging.embed({ role: 'server', name: 'plain' }).serve((request) => {
        return `${name} ${request.isAddressed} ${request.key.length}`
      })
      messaging.embed({ role: 'server', name: 'control', service: 'control' }).serve(() => `control of ${name}`)
    }
    const client = await attach({ runtimeDirectory: slave.runtimeDirectory, role: 'client', name: 'asks' })
    for (const { name, messaging } of servers) {
      expect(text(await client.requestTo(name, ''))).toBe(`${name} true 0`)
      const large = new Uint8Array(300_000)
      expect(text(await client.service('control').requestTo(name, large))).toBe(`control of ${name}`)
      await client.service('control').sendTo(name, '')
      // From a server program to its own node, and to the other one.
      const asker = messaging.embed({ role: 'client', name: 'asks here' })
      for (const other of servers) expect(text(await asker.requestTo(other.name, ''))).toBe(`${other.name} true 0`)
    }
    await expect(client.requestTo('s9', '')).rejects.toMatchObject({ reason: 'unknown-server', server: 's9' })
    for (const wrong of [undefined, '', 5, {}])
      await expect(client.requestTo(wrong as string, '')).rejects.toMatchObject({ code: 'RING_ARGUMENT' })
  })

  it('F2: two names with one id are not served at one node', async () => {
    const { messaging, runtimeDirectory } = await node('s0', 'server')
    const first = messaging.embed({ role: 'server', name: 'first', service: clashing[0] })
    const refused: unknown = expect.objectContaining({
      code: 'RING_ATTACH_REFUSED',
      message: expect.stringContaining('the same id') as string,
    })
    expect(() => messaging.embed({ role: 'server', name: 'x', service: clashing[1] })).toThrow(refused)
    const second = { runtimeDirectory, role: 'server', name: 'second', service: clashing[1] } as const
    await expect(attachProgram(second)).rejects.toEqual(refused)
    await attach({ ...second, service: clashing[0] })
    expect(messaging.programs).toHaveLength(2)
    await first.close()
  })

  it('F: a name of a service is 1 to 255 characters, and only a server program serves', async () => {
    const { messaging, runtimeDirectory } = await node('s0', 'server')
    const client = messaging.embed({ role: 'client', name: 'c' })
    const refused: unknown = expect.objectContaining({ code: 'RING_ARGUMENT' })
    for (const service of ['', 'x'.repeat(256), 5, null] as string[]) {
      expect(() => client.service(service)).toThrow(refused)
      expect(() => messaging.embed({ role: 'server', name: 's', service })).toThrow(refused)
      await expect(attachProgram({ runtimeDirectory, role: 'server', name: 's', service })).rejects.toEqual(refused)
    }
    expect(() => messaging.embed({ role: 'client', name: 's', service: 'accounts' })).toThrow(refused)
    const client2 = attachProgram({ runtimeDirectory, role: 'client', name: 's', service: 'accounts' })
    await expect(client2).rejects.toEqual(refused)
    for (let named = 0; named < 1_024; named++) client.service(`s${named}`)
    expect(() => client.service('one more')).toThrow(refused)
    expect(messaging.programs).toHaveLength(1)
  })

  it('a witness lets in no program of a service either', async () => {
    const { runtimeDirectory } = await node('s0', 'server', { witness: true })
    const attached = attachProgram({ runtimeDirectory, role: 'server', name: 's', service: 'accounts' })
    await expect(attached).rejects.toMatchObject({ code: 'RING_ATTACH_REFUSED' })
  })
})

/** A node of version 0.4.0, as far as a program that attaches can tell. */
async function nodeBefore() {
  const runtimeDirectory = await directory()
  const path = join(runtimeDirectory, 'program.sock')
  const said: ProgramIdentity[] = []
  let frames = 0
  const listener = await listenUnix(path, (socket) => {
    const side = new ListenerHandshake(nodeSide, (identity) => {
      said.push(identity)
      const self = { group: 'test', name: 'before', pid: 1, maxMessage: 1_000_000, maxSlots: 65_536, wordMs: 1_500 }
      return { admit: true, self }
    })
    handshakeOn(socket, side, (end) => {
      if (!end.ok) return
      const { link } = end.opened
      const handler = {
        onFrames: () => {
          frames++
        },
        onDrain: () => undefined,
        onClosed: () => undefined,
      }
      link.handOver(handler, openBounds)
      const routing = encodeRouting(staticRouting([{ name: 's0', address: '' }]))!
      link.write(routing, 0, routing.length)
    })
  })
  cleanUp.push(() => void listener.close())
  return { runtimeDirectory, said, frames: () => frames }
}

describe('at a node of the version before', () => {
  it('F6: who serves a named service looks like a client, and leaves with a clear error', async () => {
    const { runtimeDirectory, said } = await nodeBefore()
    const attached = attach({ runtimeDirectory, role: 'server', name: 'x', service: 'accounts' })
    await expect(attached).rejects.toMatchObject({
      code: 'RING_ATTACH_REFUSED',
      message: expect.stringMatching(/version before services, and cannot serve "accounts"; upgrade it/) as string,
    })
    expect(said).toMatchObject([{ role: 'client', serves: 'accounts' }])
  })

  it('F6: a client is told at once that it cannot ask a service or one server there; nothing is sent', async () => {
    const { runtimeDirectory, said, frames } = await nodeBefore()
    const client = await attach({ runtimeDirectory, role: 'client', name: 'asks' })
    await vi.waitUntil(() => client.routing !== undefined)
    const asked = client.service('accounts').request('key', '')
    await expect(asked).rejects.toMatchObject({ code: 'RING_NOT_DELIVERED_OLD_VERSION', service: 'accounts' })
    await expect(client.requestTo('s0', '')).rejects.toMatchObject({ code: 'RING_NOT_DELIVERED_OLD_VERSION' })
    expect([frames(), said[0]?.serves]).toEqual([0, undefined])
  })
})
