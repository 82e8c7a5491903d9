import { connect, createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type Address, address, type DialOutcome, incarnation, nodeName } from '@ring/platform'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import type { DialTarget } from './dialling/dial-targets.ts'
import { formatAddress } from './dialling/host-port.ts'
import { NodeEndpoint, type NodeEndpointOptions } from './node-endpoint.ts'
import type { TlsSettings } from './tls/tls-settings.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((entries) => entries?.some((one) => one.address === '::1'))
/** Behind the name of a test, for the closing lines of a run. */
const noIpv6 = hasIpv6 ? '' : ' (skipped: this machine has no IPv6 loopback)'

let nextPort = 12_000 + (process.pid % 295) * 20
const clean: (() => void)[] = []

afterEach(() => {
  for (const step of clean.splice(0).reverse()) step()
})

const quiet = { onMessage: () => undefined, onLinkUp: () => undefined, onLinkDown: () => undefined }

async function node(
  name: string,
  more: Partial<NodeEndpointOptions> = {},
  onDown: (name: string) => void = () => undefined,
) {
  const downs: string[] = []
  const port = nextPort++
  const heard: string[] = []
  const options = { group: 'TEST', role: 'server', incarnation: incarnation(1) } as const
  const listen = { hosts: ['127.0.0.1'], port }
  const endpoint = new NodeEndpoint(
    { ...options, name: nodeName(name), listen, ...more },
    {
      ...quiet,
      onMessage: (from, message) => heard.push(`${from.name} ${Buffer.from(message).toString()}`),
      onLinkDown: (peer) => {
        downs.push(peer.name)
        onDown(peer.name)
      },
    },
  )
  await endpoint.start()
  clean.push(() => endpoint.stop())
  return { endpoint, heard, downs, name: nodeName(name), address: formatAddress('127.0.0.1', port), port }
}

const nobody = () => formatAddress('127.0.0.1', nextPort++)

/** A port where connections are taken and nothing is ever said. */
async function mute(): Promise<Address> {
  const port = nextPort++
  const server = await new Promise<Server>((resolve) => {
    const made = createServer((socket) => socket.on('error', () => undefined).resume()).listen(port, '127.0.0.1', () =>
      resolve(made),
    )
  })
  clean.push(() => server.close())
  return formatAddress('127.0.0.1', port)
}

const wayDelayMs = 150

/** A way on which everything takes its time, in both directions. */
async function slowWay(to: number): Promise<Address> {
  const port = nextPort++
  const server = await new Promise<Server>((resolve) => {
    const made = createServer((near) => {
      const far = connect(to, '127.0.0.1')
      for (const [from, into] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('data', (bytes) => setTimeout(() => into.write(bytes), wayDelayMs))
        from.on('close', () => setTimeout(() => into.destroy(), wayDelayMs))
        from.on('error', () => undefined)
      }
    }).listen(port, '127.0.0.1', () => resolve(made))
  })
  clean.push(() => server.close())
  return formatAddress('127.0.0.1', port)
}

const probe = (from: NodeEndpoint, to: Address, timeoutMs = 2000) =>
  new Promise<DialOutcome>((resolve) => from.probe(to, timeoutMs, resolve))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const target = (name: string, ...addresses: Address[]): DialTarget => ({ name: nodeName(name), addresses, tls: false })

describe('NodeEndpoint and several addresses', () => {
  it('A1: ENDPOINTS before NAME:PORT: the next address when one refuses, for probes, messages and data', async () => {
    const [b, nowhere] = [await node('b:1'), nobody()]
    const a = await node('a:1', { targets: [target('b:1', nowhere, b.address)] })
    expect(await probe(a.endpoint, nowhere)).toMatchObject({ kind: 'connected', peer: { name: 'b:1' } })
    a.endpoint.learn(b.name, nowhere)
    a.endpoint.send(b.name, Buffer.from('hello'))
    await until(() => b.heard.includes('a:1 hello'))
    const data = await new Promise((resolve) =>
      a.endpoint.dialData(nowhere, b.name, (result) => {
        if (result.ok) {
          result.link.handOver(
            { onFrames: () => undefined, onDrain: () => undefined, onClosed: () => undefined },
            {
              maxFrameBytes: 0,
              oneByOne: true,
            },
          )
          result.link.destroy()
        }
        resolve(result.ok)
      }),
    )
    expect(data).toBe(true)
  })

  it('M2: refused only when every address of the node refused', async () => {
    const [one, other, silent] = [nobody(), nobody(), await mute()]
    const a = await node('a:2', { targets: [target('b:2', one, other), target('c:2', one, silent)] })
    expect(await probe(a.endpoint, other)).toEqual({ kind: 'refused' })
    expect(await probe(a.endpoint, silent, 700)).toEqual({ kind: 'unreachable' })
    // An address that two share is no proof about either while one of them may be there.
    expect(await probe(a.endpoint, one, 700)).toEqual({ kind: 'unreachable' })
  })

  it('does not wait for an address that says nothing', async () => {
    const [silent, b] = [await mute(), await node('b:3')]
    const a = await node('a:3', { targets: [target('b:3', silent, b.address)] })
    expect(await probe(a.endpoint, silent)).toMatchObject({ kind: 'connected', peer: { name: 'b:3' } })
  })

  it('goes on to the next address where somebody else answers', async () => {
    const [b, c] = [await node('b:4'), await node('c:4')]
    const a = await node('a:4', { targets: [target('c:4', b.address, c.address)] })
    a.endpoint.learn(c.name, b.address)
    a.endpoint.send(c.name, Buffer.from('for c'))
    await until(() => c.heard.includes('a:4 for c'))
    expect(b.heard).toEqual([])
  })

  it('keeps one control link where two ways lead to one node, and both are slow', async () => {
    const b = await node('b:14')
    const targets = [target('b:14', await slowWay(b.port), await slowWay(b.port))]
    const downs: string[] = []
    const a = await node('a:14', { targets }, (name) => downs.push(name))
    a.endpoint.learn(b.name, targets[0]!.addresses[0]!)
    for (let turn = 0; turn < 20; turn++) {
      a.endpoint.send(b.name, Buffer.from(`message ${turn}`))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await until(() => b.heard.length === 20)
    expect(b.heard).toEqual(Array.from({ length: 20 }, (_, turn) => `a:14 message ${turn}`))
    expect(downs).toEqual([])
    expect(b.downs).toEqual([])
  })

  it('takes new addresses over while it runs', async () => {
    const [b, nowhere] = [await node('b:5'), nobody()]
    const a = await node('a:5')
    expect(await probe(a.endpoint, nowhere)).toEqual({ kind: 'refused' })
    a.endpoint.setTargets([target('b:5', nowhere, b.address)])
    expect(await probe(a.endpoint, nowhere)).toMatchObject({ kind: 'connected' })
  })

  it.skipIf(!hasIpv6)(
    `A1: listens on several addresses, and is found on both families of a name${noIpv6}`,
    async () => {
      const port = nextPort++
      await node('b:6', { listen: { hosts: ['127.0.0.1', '::1'], port } })
      const a = await node('a:6')
      for (const host of ['127.0.0.1', '::1', 'localhost']) {
        expect(await probe(a.endpoint, formatAddress(host, port)), host).toMatchObject({ kind: 'connected' })
      }
    },
  )

  it('names BIND when the host is not one of this machine', async () => {
    await expect(node('b:7', { listen: { hosts: ['203.0.113.9'], port: nextPort++ } })).rejects.toMatchObject({
      code: 'RING_LISTEN_FAILED',
      message: expect.stringContaining('BIND') as string,
    })
  })
})

describe('NodeEndpoint and TLS', () => {
  it('F1: new certificates without a stop: links stay, new ones see the new certificate', async () => {
    const [old, fresh] = [await certificate('127.0.0.1'), await certificate('127.0.0.1')]
    const both = `${old.certificate}\n${fresh.certificate}`
    const settings = (own: typeof old): TlsSettings => ({
      listener: own,
      dialer: own,
      authorities: both,
      verifyPeer: true,
    })
    const [a, b] = [await node('a:8', { tls: settings(old) }), await node('b:8', { tls: settings(old) })]
    a.endpoint.learn(b.name, b.address)
    a.endpoint.send(b.name, Buffer.from('before'))
    await until(() => b.heard.length === 1)
    b.endpoint.setTls(settings(fresh))
    a.endpoint.send(b.name, Buffer.from('on the old link'))
    await until(() => b.heard.length === 2)
    const onlyFresh = await node('c:8', { tls: { ...settings(old), authorities: fresh.certificate } })
    expect(await probe(onlyFresh.endpoint, b.address)).toMatchObject({ kind: 'connected' })
    expect(await probe(onlyFresh.endpoint, a.address)).toMatchObject({ kind: 'rejected' })
    expect(() =>
      b.endpoint.setTls({ ...settings(fresh), listener: { ...fresh, privateKey: old.privateKey } }),
    ).toThrow()
    expect(await probe(onlyFresh.endpoint, b.address)).toMatchObject({ kind: 'connected' })
  })

  it('F1: a certificate is good for every way to its server, and for no other', async () => {
    const own = await certificate('server-b.example')
    const tls: TlsSettings = { listener: own, dialer: own, authorities: own.certificate, verifyPeer: true }
    const b = await node('b:9', { tls })
    const ways: DialTarget = {
      name: b.name,
      addresses: [b.address, address('server-b.example:1')],
      tls: true,
    }
    const a = await node('a:9', { tls, targets: [ways] })
    expect(await probe(a.endpoint, b.address)).toMatchObject({ kind: 'connected' })
    a.endpoint.setTargets([{ ...ways, addresses: [b.address] }])
    expect(await probe(a.endpoint, b.address)).toMatchObject({ kind: 'rejected' })
  })

  it('F1: TLS for each server by itself: a ring may have both', async () => {
    const own = await certificate('127.0.0.1')
    const authorities = own.certificate
    const secure = await node('b:10', { tls: { listener: own, authorities, verifyPeer: false } })
    const plain = await node('c:10', { tls: { authorities, verifyPeer: false } })
    const targets = [
      { ...target('b:10', secure.address), tls: true },
      { ...target('c:10', plain.address), tls: false },
    ]
    const a = await node('a:10', { tls: { authorities, verifyPeer: false }, targets })
    expect(await probe(a.endpoint, secure.address)).toMatchObject({ kind: 'connected' })
    expect(await probe(a.endpoint, plain.address)).toMatchObject({ kind: 'connected' })
  })

  it('bounds connections that never speak TLS, as it does those that never shake hands', async () => {
    const own = await certificate('127.0.0.1')
    const tls: TlsSettings = { listener: own, authorities: own.certificate, verifyPeer: false }
    const b = await node('b:11', { tls })
    let closed = 0
    const strangers = Array.from({ length: 140 }, () =>
      connect(b.port, '127.0.0.1')
        .on('error', () => undefined)
        .on('close', () => (closed += 1)),
    )
    clean.push(() => {
      for (const one of strangers) one.destroy()
    })
    await until(() => closed >= 12)
    expect(b.endpoint.refused['too-many']).toBeGreaterThanOrEqual(12)
    const a = await node('a:11', { tls })
    expect(await probe(a.endpoint, b.address)).toMatchObject({ kind: 'connected' })
  })
})

describe('NodeEndpoint and hosts', () => {
  it('F1: may take its time to look a machine up, and turns away what it then refuses', async () => {
    const answers = [true, false]
    const asked: string[] = []
    const b = await node('b:12', {
      allows: (remote) => {
        asked.push(remote)
        return new Promise((resolve) => setTimeout(() => resolve(answers.shift()!), 20))
      },
    })
    const a = await node('a:12')
    expect(await probe(a.endpoint, b.address)).toMatchObject({ kind: 'connected' })
    expect(await probe(a.endpoint, b.address)).toMatchObject({ kind: 'unreachable' })
    // Who was let in asked once; who is turned away without a word tries again, three times.
    expect(asked).toEqual(Array.from({ length: 5 }, () => '127.0.0.1'))
  })

  it('F1: knows where a peer comes from when it says who it is', async () => {
    const b = await node('b:13', {
      refusalOf: (peer, _kind, remote) => ({ code: 'not-allowed', text: `${peer.name} from ${remote}` }),
    })
    const a = await node('a:13')
    expect(await probe(a.endpoint, b.address)).toEqual({
      kind: 'rejected',
      reason: 'not-allowed: a:13 from 127.0.0.1',
    })
  })
})

async function certificate(host: string) {
  const altNames = /^[\d.]+$/.test(host) ? [{ type: 7 as const, ip: host }] : [{ type: 2 as const, value: host }]
  const made = await generate([{ name: 'commonName', value: host }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  })
  return { certificate: made.cert, privateKey: made.private }
}
