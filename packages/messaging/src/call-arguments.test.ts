import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incarnation, nodeName } from '@ring/platform'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { staticRouting } from '../bench/plain-links.ts'
import {
  attachProgram,
  createMessaging,
  type Messaging,
  type MessagingOptions,
  type Program,
  systemClock,
} from './index.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const refused: unknown = expect.objectContaining({ code: 'RING_ARGUMENT' })

const wrongKeys = [undefined, null, {}, [], true, Number.NaN, -1, 1.5, 2 ** 53, 1n, new Uint16Array(1), Symbol('k')]
const wrongBodies = [undefined, null, 5, {}, [1, 2], true, 1n, () => 1]
const wrongOptions = [
  null,
  5,
  'idempotent',
  { deadlineMs: Number.NaN },
  { deadlineMs: '2s' },
  { deadlineMs: -1 },
  { deadlineMs: Number.POSITIVE_INFINITY },
  { deadlineMs: null },
  { idempotent: 'yes' },
  { whenFull: true },
  { whenDown: 'later' },
  { trace: 5 },
  { signal: {} },
  { signal: 'abort' },
]

describe('the arguments of a program', () => {
  let node: Messaging
  let directory: string
  let client: Program
  let handled: string[]
  const attached: Program[] = []
  const settings = (): MessagingOptions => ({
    ...{ group: 'test', name: nodeName('node'), incarnation: incarnation(1), role: 'server' as const },
    ...{ runtimeDirectory: directory, clock: systemClock, random: { uint32: () => 1 } },
    dialer: { open: () => ({ cancel: () => undefined }) },
  })

  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'ring-')), 'run')
    node = await createMessaging(settings())
    node.setRouting(staticRouting([{ name: 'node', address: '' }]))
    handled = []
    node.embed({ role: 'server', name: 'server' }).serve((request) => {
      handled.push(text(request.body))
      return request.body
    })
    client = node.embed({ role: 'client', name: 'client' })
  })
  afterEach(async () => {
    for (const program of attached.splice(0)) await program.close()
    await node.stop({ drainMs: 0 })
  })

  /** All calls, with one wrong argument each; plain JavaScript has no types. */
  async function refuses(program: Program, key: unknown, body: unknown, options: unknown): Promise<void> {
    const [k, b, o] = [key, body, options] as [string, string, undefined]
    await expect(program.request(k, b, o)).rejects.toEqual(refused)
    await expect(program.send(k, b, o)).rejects.toEqual(refused)
    await expect(program.replicate(k, b, o)).rejects.toEqual(refused)
    expect(() => program.post(k, b, o)).toThrow(refused)
    if (key === 'k') await expect(program.broadcast(b, o)).rejects.toEqual(refused)
  }

  it.each(['embedded', 'attached'])('F: are refused at once when they are of a wrong type: %s', async (kind) => {
    let program = client
    if (kind === 'attached') {
      program = await attachProgram({ runtimeDirectory: directory, role: 'client', name: 'a' })
      attached.push(program)
    }
    for (const key of wrongKeys) await refuses(program, key, 'x', undefined)
    for (const body of wrongBodies) await refuses(program, 'k', body, undefined)
    for (const options of wrongOptions) await refuses(program, 'k', 'x', options)
    expect(text(await program.request('k', 'last'))).toBe('last')
    expect(handled).toEqual(['last'])
    expect(program.counters.posts.taken).toBe(0)
  })

  it('F: a body is a text or any bytes, and arrives whole', async () => {
    const words = new Uint16Array([0x0102, 0xfffe])
    expect(text(await client.request('k', 'grüß Gott'))).toBe('grüß Gott')
    expect(new Uint16Array((await client.request('k', words)).slice().buffer)).toEqual(words)
    expect(new Uint16Array((await client.request('k', words.buffer)).slice().buffer)).toEqual(words)
    expect([...(await client.request('k', new DataView(words.buffer, 2, 1)))]).toEqual([0xfe])
    const [answer] = await client.broadcast('all')
    expect(answer).toMatchObject({ ok: true, body: new Uint8Array(Buffer.from('all')) })
    expect(client.post(17, 'post')).toBe(true)
    await client.send(new Uint8Array([1]), 'sent')
    expect(handled.slice(-2)).toEqual(['post', 'sent'])
  })

  it.each([
    ['a text', () => 'text', 'text'],
    ['a promise of a view', () => Promise.resolve(new Uint16Array([0x4241])), 'AB'],
    ['an ArrayBuffer', () => new Uint8Array([65]).buffer, 'A'],
    ['nothing', () => undefined, ''],
  ])('F: a handler may return %s', async (_name, handler, reply) => {
    await node.stop({ drainMs: 0 })
    node = await createMessaging(settings())
    node.setRouting(staticRouting([{ name: 'node', address: '' }]))
    node.embed({ role: 'server', name: 'server' }).serve(handler)
    expect(text(await node.embed({ role: 'client', name: 'c' }).request('k', 'x'))).toBe(reply)
  })

  it.each([5, null, {}, [1], true])(
    'F: a handler that returns %o has failed, and the caller is told why',
    async (value) => {
      for (const result of [value, Promise.resolve(value)]) {
        const server = await createMessaging({ ...settings(), runtimeDirectory: `${directory}-2` })
        server.setRouting(staticRouting([{ name: 'node', address: '' }]))
        server.embed({ role: 'server', name: 'server' }).serve(() => result as unknown as string)
        const asked = server.embed({ role: 'client', name: 'c' }).request('k', 'x')
        await expect(asked).rejects.toMatchObject({
          code: 'RING_HANDLER_FAILED',
          message: /returns bytes, a text or nothing; this one returned/,
        })
        await server.stop({ drainMs: 0 })
      }
    },
  )

  it('F: options of programs and of a node are checked before anything begins', async () => {
    for (const options of [undefined, {}, { role: 'slave', name: 'x' }, { role: 'client', name: 5 }]) {
      expect(() => node.embed(options as never)).toThrow(refused)
      await expect(attachProgram(options as never)).rejects.toEqual(refused)
    }
    const wrong = { path: 5, group: 5, handler: {}, reattach: 'yes', defaultDeadlineMs: '1s', clock: 5 }
    for (const [name, value] of Object.entries(wrong)) {
      await expect(attachProgram({ role: 'client', name: 'x', [name]: value })).rejects.toEqual(refused)
    }
    expect(() => node.embed({ role: 'client', name: 'x', defaultDeadlineMs: Number.NaN })).toThrow(refused)
    expect(() => {
      client.serve('handler' as never)
    }).toThrow(refused)
    expect(() => {
      client.onRouting(undefined as never)
    }).toThrow(refused)
    await expect(client.close({ drainMs: '5' as never })).rejects.toEqual(refused)
    await expect(createMessaging({ ...settings(), incarnation: 'x' as never })).rejects.toEqual(refused)
    await expect(createMessaging({ ...settings(), pauseMs: Number.NaN })).rejects.toEqual(refused)
    expect(node.programs.length).toBe(2)
  })
})
