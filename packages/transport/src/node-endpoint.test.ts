import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import {
  type Address,
  address,
  incarnation,
  type LinkEnd,
  type Logger,
  type NetworkHandler,
  nodeName,
  type Peer,
  silent,
} from '@ring/platform'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import { formatAddress } from './dialling/host-port.ts'
import { NodeEndpoint, type NodeEndpointOptions } from './node-endpoint.ts'
import type { TlsSettings } from './tls/tls-settings.ts'

class Recorder implements NetworkHandler {
  readonly seen: string[] = []
  readonly #waiting: { text: string; tell: () => void }[] = []

  onMessage(from: Peer, message: Uint8Array): void {
    this.#note(`message ${from.name} ${Buffer.from(message).toString()}`)
  }
  onLinkUp(peer: Peer): void {
    this.#note(`up ${peer.name}`)
  }
  onLinkDown(peer: Peer, end: LinkEnd): void {
    this.#note(`down ${peer.name} ${end}`)
  }
  /** Resolves once the line was seen. */
  saw(text: string): Promise<void> {
    if (this.seen.includes(text)) return Promise.resolve()
    return new Promise((tell) => this.#waiting.push({ text, tell }))
  }
  #note(text: string): void {
    this.seen.push(text)
    for (const { text: wanted, tell } of this.#waiting) if (wanted === text) tell()
  }
}

let nextPort = 21_000 + (process.pid % 500) * 20
const running: NodeEndpoint[] = []

afterEach(() => {
  for (const endpoint of running.splice(0)) endpoint.stop()
})

async function node(name: string, more: Partial<NodeEndpointOptions> = {}) {
  const recorder = new Recorder()
  const port = nextPort++
  const endpoint = new NodeEndpoint(
    {
      group: 'TEST',
      name: nodeName(name),
      role: 'server',
      incarnation: incarnation(1),
      listen: { hosts: ['127.0.0.1'], port },
      ...more,
    },
    recorder,
  )
  await endpoint.start()
  running.push(endpoint)
  return { endpoint, recorder, port, address: formatAddress('127.0.0.1', port), name: nodeName(name) }
}

const idle = { onFrames: () => undefined, onDrain: () => undefined, onClosed: () => undefined }
const text = (words: string) => Buffer.from(words)
const probe = (from: NodeEndpoint, address: Address) => new Promise((resolve) => from.probe(address, 1000, resolve))

describe('NodeEndpoint', () => {
  it('opens one control link on demand and uses it both ways', async () => {
    const [a, b] = [await node('a:1'), await node('b:1')]
    a.endpoint.learn(b.name, b.address)
    a.endpoint.send(b.name, text('hello'))
    await b.recorder.saw('message a:1 hello')
    b.endpoint.send(a.name, text('welcome'))
    await a.recorder.saw('message b:1 welcome')
    expect(b.recorder.seen[0]).toBe('up a:1')
    expect(a.endpoint.isLinked(b.name)).toBe(true)
  })

  it('keeps every message when both dial at once', async () => {
    const [a, b] = [await node('a:2'), await node('b:2')]
    a.endpoint.learn(b.name, b.address)
    b.endpoint.learn(a.name, a.address)
    a.endpoint.send(b.name, text('from a'))
    b.endpoint.send(a.name, text('from b'))
    await Promise.all([b.recorder.saw('message a:2 from a'), a.recorder.saw('message b:2 from b')])
    expect(a.recorder.seen.filter((line) => line.startsWith('down'))).toEqual([])
  })

  it('tells a goodbye from a loss', async () => {
    const [a, b] = [await node('a:3'), await node('b:3')]
    a.endpoint.learn(b.name, b.address)
    a.endpoint.send(b.name, text('x'))
    await b.recorder.saw('message a:3 x')
    a.endpoint.stop()
    await b.recorder.saw('down a:3 goodbye')
  })

  it('M2: a probe that is cut off while the process ends comes to be refused', async () => {
    const a = await node('a:9')
    const address = formatAddress('127.0.0.1', nextPort++)
    let met = 0
    const ending = createServer((socket) => {
      met += 1
      socket.destroy()
      if (met === 2) ending.close()
    })
    await new Promise<void>((resolve) => ending.listen(Number(address.split(':')[1]), '127.0.0.1', resolve))
    expect(await probe(a.endpoint, address)).toEqual({ kind: 'refused' })
    expect(met).toBe(2)
  })

  it('M2: a probe that is cut off again and again is no proof', async () => {
    const a = await node('a:10')
    const address = formatAddress('127.0.0.1', nextPort++)
    const strange = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => strange.listen(Number(address.split(':')[1]), '127.0.0.1', resolve))
    expect(await probe(a.endpoint, address)).toEqual({ kind: 'unreachable' })
    strange.close()
  })

  it('M2: a probe tells connected, refused and rejected apart, and leaves no link', async () => {
    const [a, b] = [await node('a:4'), await node('b:4')]
    const other = await node('c:4', { group: 'OTHER' })
    expect(await probe(a.endpoint, b.address)).toMatchObject({
      kind: 'connected',
      peer: { name: 'b:4', incarnation: 1 },
    })
    expect(await probe(a.endpoint, other.address)).toMatchObject({ kind: 'rejected' })
    b.endpoint.stop()
    expect(await probe(a.endpoint, b.address)).toEqual({ kind: 'refused' })
    expect(b.recorder.seen).toEqual([])
  })

  it('an address that cannot be one fails like one that does not answer', async () => {
    const a = await node('a:10')
    for (const wrong of ['', 'nowhere', 'host:0', 'host:70000', '[::1', 'a\0b:80', ':80'].map(address)) {
      expect(await probe(a.endpoint, wrong), wrong).toMatchObject({ kind: 'unreachable' })
      a.endpoint.learn(nodeName('b:10'), wrong)
      a.endpoint.send(nodeName('b:10'), text('x'))
    }
  })

  it('says clearly that a port is busy', async () => {
    const a = await node('a:5')
    const second = new NodeEndpoint(
      {
        group: 'TEST',
        name: nodeName('b:5'),
        role: 'server',
        incarnation: incarnation(1),
        listen: { hosts: ['127.0.0.1'], port: a.port },
      },
      new Recorder(),
    )
    await expect(second.start()).rejects.toMatchObject({ code: 'RING_PORT_BUSY' })
  })

  it('F1: without the group key nobody gets a message in', async () => {
    const a = await node('a:6', { keys: [text('secret')] })
    const stranger = await node('b:6')
    expect(await probe(stranger.endpoint, a.address)).toMatchObject({ kind: 'rejected' })
    stranger.endpoint.learn(a.name, a.address)
    stranger.endpoint.send(a.name, text('hostile'))
    await probe(stranger.endpoint, a.address)
    expect(a.recorder.seen).toEqual([])
  })

  it('survives raw bytes of every kind on its port', async () => {
    const a = await node('a:7')
    const attacks = [
      Buffer.alloc(0),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(100_000, 0xff),
      Buffer.from([40, 0, 0, 0, 82]),
    ]
    await Promise.all(
      attacks.map(
        (bytes) =>
          new Promise<void>((resolve) => {
            const socket = connect(a.port, '127.0.0.1', () => socket.end(bytes))
            socket.on('error', () => undefined)
            socket.on('close', () => resolve())
            socket.resume()
          }),
      ),
    )
    const b = await node('b:7')
    expect(await probe(b.endpoint, a.address)).toMatchObject({ kind: 'connected' })
  })

  it('F1: runs over mutual TLS, and refuses a dialer without a certificate', async () => {
    const tls = await certificates()
    const [a, b] = [await node('a:8', { tls }), await node('b:8', { tls })]
    expect(await probe(b.endpoint, a.address)).toMatchObject({ kind: 'connected' })
    const plain = await node('c:8')
    expect(await probe(plain.endpoint, a.address)).not.toMatchObject({ kind: 'connected' })
  })

  it('begins a new life with new links', async () => {
    const [a, b] = [await node('a:9'), await node('b:9')]
    a.endpoint.learn(b.name, b.address)
    a.endpoint.send(b.name, text('old'))
    await b.recorder.saw('message a:9 old')
    a.endpoint.beginLife(incarnation(2))
    a.endpoint.send(b.name, text('new'))
    await b.recorder.saw('message a:9 new')
    expect(b.recorder.seen).toContain('down a:9 lost')
  })

  it('F1: who is not let in says why at warn level, with what to do, and counts it', async () => {
    const lines: { readonly fields: object; readonly message: string }[] = []
    const logger: Logger = { ...silent, warn: (fields, message) => void lines.push({ fields, message }) }
    const a = await node('a:12', { logger, keys: [text('a key')] })
    const b = await node('b:12', { keys: [text('another key')] })
    const other = await node('c:12', { group: 'OTHER', keys: [text('a key')] })
    const twin = await node('a:12', { keys: [text('a key')], incarnation: incarnation(7) })
    for (const { address } of [b, b, other, twin]) await probe(a.endpoint, address)
    await probe(a.endpoint, a.address)
    const said = lines.map(({ fields }) => fields).filter((one) => 'event' in one && one.event === 'peer.rejects-us')
    expect(said).toMatchObject([
      { event: 'peer.rejects-us', remote: b.address, reason: 'turned-away' },
      { event: 'peer.rejects-us', remote: other.address, reason: 'group' },
      { event: 'peer.rejects-us', remote: twin.address, reason: 'self' },
    ])
    expect(lines[0]!.message).toContain('GROUP and the group key')
    expect(a.endpoint.rejected).toEqual({ 'turned-away': 2, group: 1, self: 1 })
  })

  it('F1: a port of another protocol is told from a chance after some tries, and its dials to us at once', async () => {
    const lines: object[] = []
    const a = await node('a:13', { logger: { ...silent, warn: (fields) => void lines.push(fields) } })
    const strange = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve))
    const there = formatAddress('127.0.0.1', (strange.address() as AddressInfo).port)
    for (let at = 0; at < 2; at++) await probe(a.endpoint, there)
    strange.close()
    expect(lines).toMatchObject([{ event: 'peer.rejects-us', remote: there, reason: 'cut-off' }])
    // As a member of JGroups begins: a cookie, its version, its address.
    const jgroups = connect(a.port, '127.0.0.1', () =>
      jgroups.write(Buffer.from('bela\u0000\u0005 and an address of its own')),
    )
    await new Promise((resolve) =>
      jgroups
        .resume()
        .on('error', () => undefined)
        .on('close', resolve),
    )
    expect(lines[1]).toMatchObject({ event: 'peer.refused', reason: 'not-ring' })
  })

  it('M4: a dial of the old life that fails late takes nothing from the new one', async () => {
    let failed: () => void = () => undefined
    const oldDialEnded = new Promise<void>((resolve) => {
      failed = resolve
    })
    const logger: Logger = { ...silent, debug: (fields) => 'outcome' in fields && failed() }
    const [a, b] = [await node('a:11', { logger }), await node('b:11')]
    const held: Socket[] = []
    let second: (socket: Socket) => void = () => undefined
    const secondCame = new Promise<Socket>((resolve) => {
      second = resolve
    })
    const between = createServer((socket) => {
      socket.on('error', () => undefined)
      if (held.push(socket) === 1) a.endpoint.beginLife(incarnation(2))
      else second(socket)
      if (held.length === 1) a.endpoint.send(b.name, text('new'))
    })
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
    a.endpoint.learn(b.name, formatAddress('127.0.0.1', (between.address() as AddressInfo).port))
    a.endpoint.send(b.name, text('old'))
    const way = await secondCame
    held[0]!.destroy()
    await oldDialEnded
    way.pipe(connect(b.port, '127.0.0.1')).pipe(way)
    await b.recorder.saw('message a:11 new')
    between.close()
  })
})

async function certificates(): Promise<TlsSettings> {
  const made = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
  const certificate = { certificate: made.cert, privateKey: made.private }
  return { listener: certificate, dialer: certificate, authorities: made.cert, verifyPeer: true }
}

describe('links that fall silent', () => {
  it('closes the control link of a slave that says nothing, at both ends, and none between servers', async () => {
    const quick = { detectMs: 60 }
    const [a, b] = [await node('a:1', quick), await node('b:1', quick)]
    const recorder = new Recorder()
    const follower = new NodeEndpoint(
      { group: 'TEST', name: nodeName('slave:1'), incarnation: incarnation(1), role: 'slave' },
      recorder,
    )
    running.push(follower)
    a.endpoint.learn(b.name, b.address)
    a.endpoint.send(b.name, text('hello'))
    follower.learn(b.name, b.address)
    follower.send(b.name, text('I am here'))
    await b.recorder.saw('up slave:1')
    await b.recorder.saw('down slave:1 lost')
    await recorder.saw('down b:1 lost')
    expect(b.endpoint.isLinked(a.name)).toBe(true)
    expect(follower.isLinked(b.name)).toBe(false)
  })

  it('M2: closes a control link between servers over which one asks in vain, so that its next word goes over another', async () => {
    const [a, b] = [await node('a:1', { detectMs: 60 }), await node('b:1', { detectMs: 60 })]
    const sockets: Socket[] = []
    let isForgetting = false
    const relay = createServer((near) => {
      const far = connect(b.port, '127.0.0.1')
      sockets.push(near, far)
      const isForgotten = () => isForgetting && near === sockets[0]
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('data', (bytes) => isForgotten() || to.write(bytes)).on('error', () => undefined)
        from.on('close', () => isForgotten() || to.destroy())
      }
    }).listen(0, '127.0.0.1')
    await once(relay, 'listening')
    a.endpoint.learn(b.name, formatAddress('127.0.0.1', (relay.address() as AddressInfo).port))
    a.endpoint.send(b.name, text('first'))
    await b.recorder.saw('message a:1 first')
    isForgetting = true
    const asking = setInterval(() => a.endpoint.send(b.name, text('still there?')), 10)
    await a.recorder.saw('down b:1 lost')
    await b.recorder.saw('message a:1 still there?')
    clearInterval(asking)
    relay.close()
    for (const socket of sockets) socket.destroy()
  })

  it.each([
    [true, true],
    [true, undefined],
    [undefined, true],
  ])('says on data links alone whether PING is known: %s and %s', async (dialer, listener) => {
    const pings = (value: boolean | undefined) => (value === undefined ? {} : { pings: value })
    let told: (knows: boolean | undefined) => void
    const heard = new Promise<boolean | undefined>((resolve) => {
      told = resolve
    })
    const b = await node('b:1', {
      ...pings(listener),
      onDataLink: (peer, link) => {
        link.handOver(idle, { maxFrameBytes: 100, oneByOne: true })
        told(peer.pings)
      },
    })
    const a = await node('a:1', pings(dialer))
    const dialled = new Promise<boolean | undefined>((resolve, reject) => {
      a.endpoint.dialData(b.address, b.name, (result) => {
        if (!result.ok) return reject(new Error(result.failure.kind))
        result.link.handOver(idle, { maxFrameBytes: 100, oneByOne: true })
        resolve(result.peer.pings)
        void heard.then(() => result.link.destroy())
      })
    })
    expect(await heard).toBe(dialer)
    expect(await dialled).toBe(listener)
    expect(await probe(a.endpoint, b.address)).not.toMatchObject({ peer: { pings: true } })
  })
})
