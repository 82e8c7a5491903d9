import { connect, type Socket } from 'node:net'
import { incarnation, type Logger, nodeName, silent } from '@ring/platform'
import { Packr } from 'msgpackr'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { dialerProof } from './core/proof.ts'
import { formatAddress } from './dialling/host-port.ts'
import { nodeCrypto } from './machine/node-crypto.ts'
import { NodeEndpoint, type NodeEndpointOptions } from './node-endpoint.ts'

let nextPort = 14_000 + (process.pid % 390) * 10
const clean: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const step of clean.splice(0).reverse()) step()
})

const key = Buffer.from('the key of this group')
const self = { group: 'TEST', role: 'server', incarnation: incarnation(1), keys: [key] } as const

async function listener(more: Partial<NodeEndpointOptions> = {}) {
  const seen: string[] = []
  const refused: object[] = []
  const logger: Logger = { ...silent, warn: (fields) => void refused.push(fields) }
  const port = nextPort++
  const endpoint = new NodeEndpoint(
    { ...self, name: nodeName('a:1'), listen: { hosts: ['127.0.0.1'], port }, logger, ...more },
    {
      onMessage: (from, message) => void seen.push(`${from.name} ${Buffer.from(message).toString()}`),
      onLinkUp: (peer) => void seen.push(`up ${peer.name}`),
      onLinkDown: () => undefined,
    },
  )
  await endpoint.start()
  clean.push(() => endpoint.stop())
  return { endpoint, seen, refused, port }
}

/** A peer that speaks by hand. */
class Peer {
  readonly socket: Socket
  #bytes = Buffer.alloc(0)
  closed = false

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => undefined)
    this.socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
    })
    this.socket.on('close', () => {
      this.closed = true
    })
    clean.push(() => this.socket.destroy())
  }

  send(frame: Uint8Array): void {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(frame.length)
    this.socket.write(Buffer.concat([length, frame]))
  }

  async frame(): Promise<Buffer> {
    await until(() => this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readUInt32LE())
    const end = 4 + this.#bytes.readUInt32LE()
    const frame = this.#bytes.subarray(4, end)
    this.#bytes = this.#bytes.subarray(end)
    return frame
  }

  /** HELLO, CHALLENGE, IDENTITY, and what the listener says to that. */
  async open(identity: object, versions = [1, 1]): Promise<Buffer> {
    const hello = Buffer.concat([Buffer.from('RING'), Buffer.from([...versions, 1, 0]), Buffer.alloc(32, 7)])
    this.send(hello)
    const challenge = await this.frame()
    const map = new Packr({ useRecords: false }).pack(identity)
    this.send(Buffer.concat([dialerProof(nodeCrypto, key, [hello, challenge, map]), map]))
    return this.frame()
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

const identity = { group: 'TEST', name: 'z:1', incarnation: 5, role: 'server' }

describe('peers of other versions', () => {
  it('F6: one that speaks nothing this code knows is refused clearly, and the node goes on', async () => {
    const { port, refused, seen } = await listener()
    const peer = new Peer(port)
    peer.send(Buffer.concat([Buffer.from('RING'), Buffer.from([2, 9, 1, 0]), Buffer.alloc(32)]))
    expect([...(await peer.frame())]).toEqual([0])
    await until(() => peer.closed)
    expect(refused).toMatchObject([{ event: 'peer.refused', reason: 'version' }])
    const known = new Peer(port)
    expect((await known.open(identity))[0]).toBe(1)
    await until(() => seen.includes('up z:1'))
  })

  it('F6: a later minor version is served: it offers more, says more, and sends frames of new types', async () => {
    const { port, seen } = await listener()
    const peer = new Peer(port)
    const welcome = await peer.open({ ...identity, zone: 'north', speaks: ['x'] }, [1, 200])
    expect(welcome[0]).toBe(1)
    peer.send(Buffer.from([77, 1, 2, 3]))
    peer.send(Buffer.concat([Buffer.from([1]), Buffer.from('known')]))
    await until(() => seen.includes('z:1 known'))
  })

  it('F6: a role, or a kind of link, that nobody here knows is refused', async () => {
    const { port, refused } = await listener()
    expect([...(await new Peer(port).open({ ...identity, role: 'witness' }))]).toEqual([0])
    const peer = new Peer(port)
    peer.send(Buffer.concat([Buffer.from('RING'), Buffer.from([1, 1, 99, 0]), Buffer.alloc(32)]))
    expect([...(await peer.frame())]).toEqual([0])
    expect(refused).toMatchObject([{ reason: 'bad-identity' }, { reason: 'not-ring' }])
  })

  it('F1: a wrong key is refused without a word, and said in the log', async () => {
    const { port, refused, seen } = await listener({ keys: [Buffer.from('another key of this group')] })
    expect([...(await new Peer(port).open(identity))]).toEqual([0])
    expect(refused).toMatchObject([{ event: 'peer.refused', remote: '127.0.0.1', reason: 'proof' }])
    expect(seen).toEqual([])
  })
})

describe('peers that say nothing', () => {
  it.each(['plain', 'TLS'])('F1: are closed within the time of a handshake (%s)', async (kind) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const made = kind === 'TLS' && (await generate([{ name: 'commonName', value: 'x' }], { algorithm: 'sha256' }))
    const pair = made && { certificate: made.cert, privateKey: made.private }
    const { endpoint, port } = await listener(pair ? { tls: { listener: pair, verifyPeer: false } } : {})
    const peer = new Peer(port)
    await new Promise((resolve) => peer.socket.once('connect', resolve))
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(4900)
    expect(peer.closed).toBe(false)
    await vi.advanceTimersByTimeAsync(5200)
    await until(() => peer.closed)
    vi.useRealTimers()
    if (pair) return
    const other = new NodeEndpoint({ ...self, name: nodeName('b:1') }, { ...quiet })
    const outcome = await new Promise((resolve) => other.probe(formatAddress('127.0.0.1', port), 2000, resolve))
    expect(outcome).toMatchObject({ kind: 'connected' })
    expect(endpoint.isLinked(nodeName('b:1'))).toBe(false)
  })
})

const quiet = { onMessage: () => undefined, onLinkUp: () => undefined, onLinkDown: () => undefined }
