import { mkdtemp } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeliveryGate, incarnation, type Link, type LinkHandler, nodeName } from '@ring/platform'
import { afterEach, describe, expect, it } from 'vitest'
import { listenPlain, plainDialer, staticRouting } from '../bench/plain-links.ts'
import {
  attachProgram,
  createMessaging,
  type EmbedOptions,
  type Messaging,
  type MessagingOptions,
  type Program,
  systemClock,
} from './index.ts'

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)
let state = 1
const random = { uint32: (): number => (state = Math.imul(state, 1664525) + 1013904223) >>> 0 }

interface Node {
  readonly messaging: Messaging
  readonly directory: string
  readonly name: string
  readonly address: string
}

const cleanUp: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

async function node(name: string, role: 'server' | 'slave', more: Partial<MessagingOptions> = {}): Promise<Node> {
  const directory = join(await mkdtemp(join(tmpdir(), 'ring-')), 'run')
  const messaging = await createMessaging({
    group: 'test',
    name: nodeName(name),
    incarnation: incarnation(1),
    role,
    runtimeDirectory: directory,
    clock: systemClock,
    random,
    dialer: plainDialer,
    ...more,
  })
  const { server, address } = await listenPlain(() => messaging)
  cleanUp.push(async () => {
    await messaging.stop({ drainMs: 50 })
    server.close()
  })
  return { messaging, directory, name, address }
}

async function attach(to: Node, role: 'server' | 'client', name: string = role, reattach = false): Promise<Program> {
  const program = await attachProgram({ runtimeDirectory: to.directory, role, name, reattach, group: 'test' })
  cleanUp.push(() => program.close())
  return program
}

function embed(to: Node, options: EmbedOptions): Program {
  return to.messaging.embed(options)
}

async function linked(slave: Node, servers: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const client = embed(slave, { role: 'client', name: 'probe' })
    const answers = await client.broadcast(bytes('?'))
    await client.close()
    const reached = answers.filter(({ ok, ...rest }) => ok || ('error' in rest && !/link/.test(rest.error.message)))
    if (reached.length === servers) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('the data links did not come up')
}

/** A slave with a client, servers each with a program that names itself in its answers. */
async function ring(servers: number, mode: 'hash' | 'random' = 'hash') {
  const nodes: Node[] = []
  const programs: Program[] = []
  for (let index = 0; index < servers; index++) nodes.push(await node(`s${index}`, 'server'))
  const slave = await node('slave', 'slave')
  const routing = staticRouting(nodes, { mode })
  for (const one of [...nodes, slave]) one.messaging.setRouting(routing)
  for (const one of nodes) {
    const program = await attach(one, 'server')
    program.serve((request) => {
      const body = text(request.body)
      if (body === 'throw') throw new Error('as you wish')
      if (body === 'hang') {
        return new Promise((resolve) => {
          request.signal.addEventListener('abort', () => {
            resolve(undefined)
          })
        })
      }
      if (body === 'twice') return new Uint8Array(3_000_000).fill(7)
      return bytes(`${one.name}:${text(request.key)}:${request.body.length > 40 ? request.body.length : body}`)
    })
    programs.push(program)
  }
  const client = await attach(slave, 'client')
  await linked(slave, servers)
  return { nodes, programs, slave, client, routing }
}

describe('messaging over real sockets', () => {
  it('A2 A3: a request goes from a client program over slave and server node to a server program and back', async () => {
    const { client } = await ring(1)
    expect(text(await client.request('key', bytes('hello')))).toBe('s0:key:hello')
    await client.send('key', bytes('one way'))
    expect(text(await client.request(new Uint8Array([107]), bytes('b')))).toBe('s0:k:b')
    expect((await client.request(12_345, bytes('n'))).length).toBeGreaterThan(3)
    await expect(client.request('key', bytes('throw'))).rejects.toMatchObject({
      code: 'RING_HANDLER_FAILED',
      message: 'The handler failed: as you wish',
    })
  })

  it('A3: hash mode keeps a key on its server, random mode goes round', async () => {
    const hash = await ring(3)
    const places = new Set<string>()
    for (let i = 0; i < 30; i++) {
      const one = text(await hash.client.request(`key${i}`, bytes('x')))
      expect(text(await hash.client.request(`key${i}`, bytes('x')))).toBe(one)
      places.add(one.slice(0, 2))
    }
    expect(places.size).toBe(3)
    const random3 = await ring(3, 'random')
    const counts: Record<string, number> = {}
    for (let i = 0; i < 30; i++) {
      const server = text(await random3.client.request('same', bytes('x'))).slice(0, 2)
      counts[server] = (counts[server] ?? 0) + 1
    }
    expect(counts).toEqual({ s0: 10, s1: 10, s2: 10 })
  })

  it('A3: broadcast asks every server, replicate the servers of the key', async () => {
    const { client, programs } = await ring(3)
    const all = await client.broadcast(bytes('b'))
    expect(all.map(({ server }) => server).sort()).toEqual(['s0', 's1', 's2'])
    expect(all.every(({ ok }) => ok)).toBe(true)
    const some = await client.replicate('key', bytes('r'))
    expect(some.length).toBe(2)
    await programs[1]!.close()
    const after = await client.broadcast(bytes('b'))
    expect(after.map(({ server, ok }) => `${server} ${ok}`).sort()).toEqual(['s0 true', 's1 false', 's2 true'])
  })

  it('carries large bodies both ways, and small ones between their chunks', async () => {
    const { client } = await ring(1)
    const large = client.request('big', new Uint8Array(5_000_000).fill(3))
    const small = await client.request('key', bytes('quick'))
    expect(text(small)).toBe('s0:key:quick')
    expect(text(await large)).toBe('s0:big:5000000')
    const reply = await client.request('key', bytes('twice'))
    expect(Buffer.from(reply).equals(Buffer.alloc(3_000_000, 7))).toBe(true)
    await expect(client.request('key', new Uint8Array(17_000_000))).rejects.toMatchObject({
      code: 'RING_NOT_DELIVERED_TOO_LARGE',
    })
    const everywhere = await client.broadcast(new Uint8Array(1_000_000))
    expect(everywhere.map((answer) => answer.ok && text(answer.body))).toEqual(['s0::1000000'])
  })

  it('embedded programs use the same calls without a socket', async () => {
    const { slave, nodes } = await ring(1)
    const client = embed(slave, { role: 'client', name: 'inside' })
    expect(text(await client.request('key', bytes('hello')))).toBe('s0:key:hello')
    const asking = embed(nodes[0]!, { role: 'client', name: 'beside the server' })
    expect(text(await asking.request('key', bytes('near')))).toBe('s0:key:near')
    await client.close()
    await expect(client.request('key', bytes('late'))).rejects.toMatchObject({ code: 'RING_NOT_DELIVERED_CLOSING' })
  })

  it('K1: deadlines and cancellations say whether the request was out', async () => {
    const { client, slave } = await ring(1)
    await expect(client.request('key', bytes('hang'), { deadlineMs: 60 })).rejects.toMatchObject({
      code: 'RING_MAYBE_DELIVERED_OVERDUE_RUNNING',
    })
    const controller = new AbortController()
    const cancelled = client.request('key', bytes('hang'), { signal: controller.signal })
    setTimeout(() => {
      controller.abort()
    }, 30)
    await expect(cancelled).rejects.toMatchObject({ code: 'RING_MAYBE_DELIVERED_CANCELLED_RUNNING' })
    await expect(client.request('key', bytes('x'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'RING_NOT_DELIVERED_CANCELLED',
    })
    expect(text(await client.request('key', bytes('after')))).toBe('s0:key:after')
    expect(slave.messaging.counters.violations).toBe(0)
  })

  it('K1: what a dead program or node had ends "may have been delivered"', async () => {
    const { client, nodes, programs, slave } = await ring(1)
    const hanging = client.request('key', bytes('hang'))
    await client.request('key', bytes('x'))
    const dying = programs[0] as unknown as { leave(): void }
    dying.leave()
    await expect(hanging).rejects.toMatchObject({ code: 'RING_MAYBE_DELIVERED_PROGRAM_LOST' })
    await expect(client.request('key', bytes('x'))).rejects.toMatchObject({ code: 'RING_NOT_DELIVERED_NO_PROGRAM' })
    const again = await attach(nodes[0]!, 'server', 'second')
    again.serve(() => new Promise(() => undefined))
    const lost = client.request('key', bytes('x'))
    setTimeout(() => {
      slave.messaging.setRouting({
        ...staticRouting([]),
        version: 2,
        partitions: 64,
        owners: new Uint16Array(128).fill(0xffff),
        changedAt: new Float64Array(64).fill(2),
        width: 2,
      })
    }, 50)
    await expect(lost).rejects.toMatchObject({ code: 'RING_MAYBE_DELIVERED_LINK_LOST' })
    await expect(client.request('key', bytes('x'))).rejects.toMatchObject({ code: 'RING_NOT_DELIVERED_NO_SERVER' })
  })

  it('a program attaches again when its node comes back', async () => {
    const first = await node('s0', 'server')
    const routing = staticRouting([first])
    first.messaging.setRouting(routing)
    const program = await attach(first, 'server', 'worker', true)
    program.serve((request) => request.body)
    const out = program.request('key', bytes('x'))
    expect(text(await out)).toBe('x')
    await first.messaging.stop({ drainMs: 20 })
    await expect(program.request('key', bytes('x'))).rejects.toMatchObject({ reason: 'no-link' })
    const second = await createMessaging({
      group: 'test',
      name: nodeName('s0'),
      incarnation: incarnation(1),
      role: 'server',
      runtimeDirectory: first.directory,
      clock: systemClock,
      random,
      dialer: plainDialer,
    })
    cleanUp.push(() => second.stop({ drainMs: 20 }))
    second.setRouting(routing)
    expect(text(await program.request('key', bytes('again'), { idempotent: true }))).toBe('again')
  })

  it('refuses a program of another group, and a stranger gets one byte', async () => {
    const one = await node('s0', 'server')
    await expect(
      attachProgram({ runtimeDirectory: one.directory, role: 'client', name: 'x', group: 'other' }),
    ).rejects.toMatchObject({ code: 'RING_ATTACH_REFUSED' })
    await expect(
      attachProgram({ runtimeDirectory: '/nowhere/at/all', role: 'client', name: 'x' }),
    ).rejects.toMatchObject({ code: 'RING_ATTACH_FAILED' })
    const socket = createConnection(join(one.directory, 'program.sock'))
    const hello = Buffer.alloc(44)
    hello.writeUInt32LE(40)
    socket.write(hello)
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve))
    expect(answer).toEqual(Buffer.from([1, 0, 0, 0, 0]))
    socket.destroy()
  })

  it('F3: a trace context goes from program to program, over slave and server, with every kind of call', async () => {
    const server = await node('server', 'server')
    const slave = await node('slave', 'slave')
    const routing = staticRouting([{ name: 'server', address: server.address }])
    server.messaging.setRouting(routing)
    slave.messaging.setRouting(routing)
    const seen: (string | undefined)[] = []
    const answering = await attach(server, 'server')
    answering.serve((request) => {
      seen.push(request.trace)
      return request.body
    })
    const client = await attach(slave, 'client')
    await linked(slave, 1)
    seen.length = 0
    const traces = Array.from(
      { length: 6 },
      (_, call) => `00-0af7651916cd43dd8448eb211c80319${call}-b7ad6b7169203331-0${call % 2}`,
    )
    const large = new Uint8Array(200_000).fill(3)
    await client.request('key', bytes('x'), { trace: traces[0]! })
    await client.send('key', bytes('x'), { trace: traces[1]! })
    await client.broadcast(bytes('x'), { trace: traces[2]! })
    await client.replicate('key', bytes('x'), { trace: traces[3]! })
    expect(await client.request('key', large, { trace: traces[4]! })).toEqual(large)
    client.post('key', bytes('x'), { trace: traces[5]! })
    await until(() => seen.length === 6)
    expect(seen).toEqual(traces)
    await client.request('key', bytes('x'))
    await client.request('key', bytes('x'), { trace: '00-no trace' })
    expect(seen.slice(6)).toEqual([undefined, undefined])
  })

  it('K1 K3: posts keep their order, say when there is room again, and are counted', async () => {
    const { client, served } = await counting()
    const total = 5_000
    for (let next = 0; next < total; next++) {
      while (!client.post('key', bytes(String(next)))) await client.room()
    }
    await until(() => client.counters.posts.handled === total)
    expect(served).toEqual(Array.from({ length: total }, (_, index) => String(index)))
    expect(client.counters.posts).toEqual({
      taken: total,
      handled: total,
      notDelivered: 0,
      maybeDelivered: 0,
      failed: 0,
    })
  })

  it('K3: a post is not taken while too many are out, and fails at once where it cannot begin', async () => {
    const { client, answer } = await counting(true)
    let taken = 0
    while (client.post('key', bytes('x'))) taken++
    expect(taken).toBe(896)
    expect(client.post('key', bytes('x'))).toBe(false)
    await until(() => answer.waiting === taken)
    answer.all()
    await client.room()
    expect(client.post('key', bytes('x'))).toBe(true)
    await until(() => answer.waiting === 1)
    answer.all()
    await until(() => client.counters.posts.handled === taken + 1)
    expect(() => client.post('key', new Uint8Array(17 * 1024 * 1024))).toThrow(/too|longer/i)
    await client.close()
    expect(() => client.post('key', bytes('x'))).toThrow(/stopping/)
  })
})

/** One server whose handler notes what it gets; `slow`: it ends when `answer.all()` says so. */
async function counting(slow = false) {
  const server = await node('server', 'server')
  const slave = await node('slave', 'slave')
  const routing = staticRouting([{ name: 'server', address: server.address }])
  server.messaging.setRouting(routing)
  slave.messaging.setRouting(routing)
  const served: string[] = []
  const waiting: (() => void)[] = []
  let isSlow = false
  embed(server, { role: 'server', name: 'sink' }).serve((request) => {
    served.push(text(request.body))
    if (!isSlow) return undefined
    return new Promise((resolve) => {
      waiting.push(() => {
        resolve(undefined)
      })
    })
  })
  await linked(slave, 1)
  isSlow = slow
  served.length = 0
  const answer = {
    get waiting() {
      return waiting.length
    },
    all: () => {
      for (const end of waiting.splice(0)) end()
    },
  }
  return { client: embed(slave, { role: 'client', name: 'poster' }), served, answer }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A node whose only server has a request of its and says nothing. */
async function waitingForServer() {
  const server = { handler: undefined as LinkHandler | undefined, isDestroyed: false }
  const link: Link = {
    isOpen: true,
    queuedBytes: 0,
    write: () => undefined,
    close: () => undefined,
    destroy: () => (server.isDestroyed = true),
  }
  const { messaging } = await node('a:1', 'slave', {
    dialer: {
      open: (_server, events) => {
        server.handler = events.onOpen(link)
        return { cancel: () => undefined }
      },
    },
  })
  messaging.setRouting(staticRouting([{ name: 'b:1', address: '127.0.0.1:1' }]))
  const asked = messaging.embed({ role: 'client', name: 'asks' }).request('key', bytes('x'))
  asked.catch(() => undefined)
  await new Promise(setImmediate)
  return { messaging, server }
}

it('K1: a node that stops closes its links to servers, those that leave and do not answer too', async () => {
  const { messaging, server } = await waitingForServer()
  const detach = new Uint8Array(40)
  detach.set([36, 0, 0, 0, 33, 0, 1, 10])
  server.handler!.onFrames({} as Link, detach, 0, 40)
  messaging.setRouting(staticRouting([]))
  expect(server.isDestroyed).toBe(false)
  await messaging.stop({ drainMs: 50 })
  expect(server.isDestroyed).toBe(true)
})

it('F6: the routing may tell before the server itself that it leaves in order; what it was asked is waited for', async () => {
  const { messaging, server } = await waitingForServer()
  messaging.setRouting({ ...staticRouting([]), left: [{ name: 'b:1', incarnation: 1 }] })
  expect(server.isDestroyed).toBe(false)
  await messaging.stop({ drainMs: 50 })
})

it.each([
  ['failed', []],
  ['left in an earlier life', [{ name: 'b:1', incarnation: 0 }]],
])('K1: who is out because it %s is not waited for', async (_, left) => {
  const { messaging, server } = await waitingForServer()
  messaging.setRouting({ ...staticRouting([]), left })
  expect(server.isDestroyed).toBe(true)
  await messaging.stop({ drainMs: 50 })
})

describe('M3: a program asks before it starts handlers', () => {
  async function gated() {
    const gate = new DeliveryGate(incarnation(1))
    const one = await node('s0', 'server', { gate, pauseMs: 100 })
    one.messaging.setRouting(staticRouting([{ name: 's0', address: one.address }]))
    const started: string[] = []
    const meanwhile = { run: (): void => undefined }
    const attached = await attach(one, 'server')
    const embedded = embed(one, { role: 'client', name: 'asker' })
    attached.serve(({ body }) => {
      started.push(text(body))
      // Computes, if it is told to: whatever it was sent meanwhile waits in its socket.
      if (text(body) === 'busy') {
        meanwhile.run()
        for (const end = performance.now() + 150; performance.now() < end; );
      }
      return undefined
    })
    const ask = (words: string) =>
      embedded.request('key', bytes(words), { deadlineMs: 0 }).then(
        () => 'answered',
        (error: unknown) => (error as { readonly code: string }).code,
      )
    return { gate, started, meanwhile, ask }
  }

  it('what lies in the socket of a busy program is not started when its node was expelled meanwhile', async () => {
    const { gate, started, meanwhile, ask } = await gated()
    expect(await ask('first')).toBe('answered')
    meanwhile.run = () => {
      gate.expelled(incarnation(1))
      gate.beginLife(incarnation(2))
    }
    const busy = ask('busy')
    const queued = [ask('second'), ask('third')]
    const ends = await Promise.all([busy, ...queued])
    expect(started.slice(0, 2)).toEqual(['first', 'busy'])
    // Started before the word came, or not at all; never after it.
    for (const [place, end] of ends.slice(1).entries())
      expect(end).toBe(started.includes(['second', 'third'][place]!) ? 'answered' : 'RING_NOT_DELIVERED_CLOSING')
    expect(await ask('later')).toBe('answered')
  })

  it('an idle program, whose last word is old, serves the next request all the same', async () => {
    const { ask } = await gated()
    expect(await ask('first')).toBe('answered')
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(await ask('second')).toBe('answered')
  })

  it('an embedded program asks the gate itself', async () => {
    const gate = new DeliveryGate(incarnation(1))
    const one = await node('s0', 'server', { gate })
    one.messaging.setRouting(staticRouting([{ name: 's0', address: one.address }]))
    const started: string[] = []
    const server = embed(one, { role: 'server', name: 'server' })
    const client = embed(one, { role: 'client', name: 'client' })
    server.serve(({ body }) => {
      started.push(text(body))
      if (text(body) === 'first') gate.doubted(1)
      return undefined
    })
    const calls = ['first', 'second', 'third'].map((words) => client.request('key', bytes(words)))
    await calls[0]
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(started).toEqual(['first'])
    gate.confirmed(incarnation(1), 1)
    await Promise.all(calls)
    expect(started).toEqual(['first', 'second', 'third'])
  })
})
