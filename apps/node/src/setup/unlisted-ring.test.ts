import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DiscoveryProtocol, tcpping } from '@ring/discovery'
import type { Address } from '@ring/platform'
import { generate } from 'selfsigned'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { freshPort } from '../e2e/daemon-process.ts'
import { type RingNode, startNode } from '../index.ts'
import { metricDefinitions } from '../observe/metric-definitions.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-unlisted-'))
const running: RingNode[] = []

afterAll(() => rmSync(directory, { recursive: true, force: true }))
afterEach(async () => {
  for (const node of running.splice(0).reverse()) await node.stop()
})

const key = 'a key of sixteen characters'
const bytes = (text: string) => new TextEncoder().encode(text)

interface Parts {
  readonly global?: object
  readonly ring?: object
  readonly slave?: boolean
  readonly discovery?: DiscoveryProtocol
}

/** A node of a ring whose configuration names nobody. */
async function start(multicastPort: number, { global, ring, slave = false, discovery }: Parts = {}): Promise<RingNode> {
  const content = {
    GLOBAL: { FILEVERSION: 1, GROUP: `unlisted-${multicastPort}`, DELIVERMODE: 'hash', ...global },
    RING: {
      ...{ RUNTIMEDIR: join(directory, `${multicastPort}-%n`), BIND: '127.0.0.1', GROUPKEY: key },
      ...{ MULTICAST: `239.192.81.71:${multicastPort}`, ...ring },
    },
  }
  const [ctlPort, port] = [freshPort(), freshPort()]
  const node = await startNode({
    configuration: JSON.stringify(content),
    ctlPort,
    port,
    slave,
    ...(discovery && { discovery }),
  })
  running.push(node)
  return node
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

const members = ({ status }: RingNode) => status.record?.view.members.length ?? 0

describe('B2: a ring that no list names', () => {
  it('B2: carries messages, over TLS that everybody checks', async () => {
    const altNames = [{ type: 7, ip: '127.0.0.1' } as const]
    const pems = await generate([{ name: 'commonName', value: 'ring' }], {
      extensions: [{ name: 'subjectAltName', altNames }],
    })
    const [certificate, privateKey] = ['c.pem', 'k.pem'].map((name) => join(directory, name)) as [string, string]
    writeFileSync(certificate, pems.cert)
    writeFileSync(privateKey, pems.private, { mode: 0o600 })
    const global = { SSL: 'on', SERVER_CERT: certificate, SERVER_PRIKEY: privateKey, CAPATH: certificate }
    const multicast = freshPort()
    const servers = [await start(multicast, { global }), await start(multicast, { global })]
    const slave = await start(multicast, { global, slave: true })
    for (const node of servers) node.embed({ role: 'server', name: 'who' }).serve(() => bytes(node.name))
    await Promise.all([...servers, slave].map((node) => node.ready()))
    await until(() => members(slave) === 2)
    const client = slave.embed({ role: 'client', name: 'client' })
    const answers = new Set<string>()
    for (let at = 0; at < 50; at++) {
      const reply = await client.request(at, bytes('?'), { idempotent: true, deadlineMs: 5000 })
      answers.add(new TextDecoder().decode(reply))
    }
    expect([...answers].sort()).toEqual(servers.map(({ name }) => String(name)).sort())
    expect(slave.tls).toBeDefined()
  })

  it('F1: forged datagrams change nothing, and /metrics counts them', async () => {
    const multicast = freshPort()
    const node = await start(multicast)
    await node.ready()
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => {
      socket.bind(0, '127.0.0.1', resolve)
    })
    socket.setMulticastInterface('127.0.0.1')
    const forged = Buffer.concat([Buffer.from('RNGD\x01\x01\0\0', 'latin1'), Buffer.alloc(700)])
    const read = metricDefinitions.find(({ name }) => name === 'ring_discovery_refused_total')!
    const counts = () => read.read(node, { lostLogLines: () => 0 }) as Readonly<Record<string, number>>
    while (counts()['group'] === undefined || counts()['rubbish'] === undefined) {
      for (const datagram of [forged, Buffer.from('hello')]) socket.send(datagram, multicast, '239.192.81.71')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    socket.close()
    expect(members(node)).toBe(1)
  })

  it('F1: AUTH = required wants a key or mutual TLS here, too', async () => {
    const ring = { GROUPKEY: '', AUTH: 'required' }
    await expect(start(freshPort(), { ring })).rejects.toMatchObject({ code: 'RING_NODE_SETUP' })
  })

  it('F1: AUTH = open says aloud what it means', async () => {
    const node = await start(freshPort(), { ring: { GROUPKEY: '', AUTH: 'open' } })
    expect(node.status.warnings).toContainEqual(expect.stringMatching(/whoever reaches this node can join/))
  })

  it("B2: takes a discovery protocol of the user's own", async () => {
    const multicast = freshPort()
    const addresses: Address[] = []
    const known: DiscoveryProtocol = (surroundings) => {
      addresses.push(surroundings.self.address)
      return tcpping({ hosts: addresses })(surroundings)
    }
    const nodes = [await start(multicast, { discovery: known }), await start(multicast, { discovery: known })]
    await until(() => nodes.every((node) => members(node) === 2))
  })

  it('B2: hosts a gossip router, and shows who is registered', async () => {
    const routerPort = freshPort()
    const ring = { DISCOVERY: 'tcpgossip', ROUTERS: `127.0.0.1:${routerPort}` }
    const multicast = freshPort()
    const host = await start(multicast, { ring: { ...ring, ROUTERPORT: routerPort } })
    const other = await start(multicast, { ring })
    await until(() => [host, other].every((node) => members(node) === 2))
    expect(host.discovery.router).toMatchObject({ registrations: 2, connections: 2 })
    await other.stop()
    await until(() => host.discovery.router?.registrations === 1)
  })
})
