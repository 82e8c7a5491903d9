import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { gossipFrame } from '../core/gossip/gossip-frames.ts'
import { encodeGossipMessage, type GossipMessage } from '../core/gossip/gossip-message.ts'
import { GossipRouter, type GossipRouterOptions } from './gossip-router-server.ts'

const clean: (() => void)[] = []

afterEach(() => {
  for (const step of clean.splice(0).reverse()) step()
})

async function router(options: GossipRouterOptions = {}) {
  const one = new GossipRouter({ port: 0, ...options })
  const { port } = await one.start()
  clean.push(() => one.stop())
  return { router: one, port }
}

function client(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', () => undefined)
    clean.push(() => socket.destroy())
  })
}

const frame = (message: GossipMessage) => gossipFrame(encodeGossipMessage(message))
const member = (digit: string): GossipMessage => ({
  ...{ type: 'register', group: 'g', address: { kind: 'uuid', uuid: digit.repeat(32) }, logicalName: digit },
})
const ended = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('the gossip router on sockets', () => {
  it('B2: a client that ends takes its entries with it', async () => {
    const { router: one, port } = await router()
    const socket = await client(port)
    socket.write(frame(member('a')))
    await until(() => one.status.registrations === 1)
    socket.destroy()
    await until(() => one.status.connections === 0)
    expect(one.status).toEqual({ connections: 0, registrations: 0, refused: {} })
  })

  it('B2: rubbish ends its connection and is counted; others go on', async () => {
    const { router: one, port } = await router()
    const [good, bad] = [await client(port), await client(port)]
    good.write(frame(member('a')))
    bad.resume().write('GET / HTTP/1.1\r\n\r\n')
    await ended(bad)
    await until(() => one.status.registrations === 1)
    expect(one.status).toEqual({ connections: 1, registrations: 1, refused: { frame: 1 } })
  })

  it('B2: who does not read is cut off', async () => {
    const { router: one, port } = await router({ unreadMax: 64 * 1024 })
    const [deaf, loud] = [await client(port), await client(port)]
    deaf.pause().write(frame(member('a')))
    loud.write(frame(member('b')))
    await until(() => one.status.registrations === 2)
    const message = frame({ type: 'message', group: 'g', payload: new Uint8Array(100_000) })
    while (one.status.refused['does-not-read'] === undefined) {
      loud.resume().write(message)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => one.status.registrations === 1)
  })

  it('B2: connections are bounded', async () => {
    const { router: one, port } = await router({ connectionsMax: 1 })
    await client(port)
    await until(() => one.status.connections === 1)
    const second = await client(port)
    await ended(second.resume())
    expect(one.status.refused).toEqual({ connections: 1 })
  })

  it('B2: a port that is taken is an error that says what to do', async () => {
    const { port } = await router()
    await expect(new GossipRouter({ port }).start()).rejects.toMatchObject({
      code: 'RING_PORT_BUSY',
      message: expect.stringMatching(/another port/) as string,
    })
  })
})
