import { getEventListeners } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attachProgram, type Program } from '@ring/messaging'
import { incarnation, nodeName } from '@ring/platform'
import { NodeEndpoint } from '@ring/transport'
import { generate } from 'selfsigned'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { freshPort } from './e2e/daemon-process.ts'
import { type RingNode, readSettings, silent, startNode } from './index.ts'
import { packageVersion } from './version.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-node-test-'))
const running: RingNode[] = []

afterAll(() => rmSync(directory, { recursive: true, force: true }))

afterEach(async () => {
  for (const node of running.splice(0).reverse()) await node.stop()
})

interface RingOptions {
  readonly servers?: number
  readonly global?: Readonly<Record<string, unknown>>
  readonly ring?: Readonly<Record<string, unknown>>
}

const text = (words: string) => new TextEncoder().encode(words)

/** A ring in this process: servers whose programs answer with their name, and a slave with a client. */
async function ring({ servers = 3, global = {}, ring: section = {} }: RingOptions) {
  const ports = Array.from({ length: servers }, () => ({ PORT: freshPort(), CTLPORT: freshPort() }))
  const slavePort = freshPort()
  const configuration = JSON.stringify({
    GLOBAL: { FILEVERSION: 1, GROUP: `test-${slavePort}`, DELIVERMODE: 'hash', ...global },
    RING: { RUNTIMEDIR: join(directory, '%n'), ...section },
    SVRNODE: ports.map((port) => ({ NAME: '127.0.0.1', ...port })),
    SLVNODE: [{ NAME: '[.]*', CTLPORT: slavePort }],
  })
  const nodes = await Promise.all(ports.map(({ CTLPORT }) => start(configuration, CTLPORT)))
  const slave = await start(configuration, slavePort)
  for (const node of nodes) {
    node.embed({ role: 'server', name: 'who' }).serve(() => text(node.name))
  }
  await Promise.all([...nodes, slave].map((node) => node.ready()))
  await until(() => slave.status.record?.view.members.length === servers)
  const client = slave.embed({ role: 'client', name: 'client' })
  return { nodes, slave, client, names: nodes.map(({ name }) => String(name)).sort() }
}

async function start(configuration: string, ctlPort: number): Promise<RingNode> {
  const node = await startNode({ configuration, ctlPort })
  running.push(node)
  return node
}

async function ask(client: Program, key: string | number): Promise<string> {
  return new TextDecoder().decode(await client.request(key, text('who?'), { idempotent: true }))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('witnesses and metadata', () => {
  /** Three servers, the last of which is a witness. */
  async function withWitness() {
    const ports = Array.from({ length: 3 }, () => ({ PORT: freshPort(), CTLPORT: freshPort() }))
    const slavePort = freshPort()
    const witness = `127.0.0.1:${ports[2]!.CTLPORT}`
    const state = mkdtempSync(join(directory, 'state-'))
    const text = (zone: string) =>
      JSON.stringify({
        GLOBAL: { FILEVERSION: 1, GROUP: `witness-${slavePort}`, DELIVERMODE: 'hash' },
        RING: {
          ...{ RUNTIMEDIR: join(directory, '%n'), STATEDIR: join(state, '%n'), QUORUM: 'majority' },
          ...{ WITNESSES: witness, ZONE: zone },
        },
        SVRNODE: ports.map((port) => ({ NAME: '127.0.0.1', ...port })),
        SLVNODE: [{ NAME: '[.]*', CTLPORT: slavePort }],
      })
    const configuration = text('east')
    const nodes = await Promise.all(ports.map(({ CTLPORT }) => start(configuration, CTLPORT)))
    await until(() => nodes.every(({ status }) => status.record?.view.members.length === 3))
    return { nodes, text, slave: await start(configuration, slavePort), witness, ports }
  }

  it('a witness votes and serves nothing', async () => {
    const { nodes, slave, witness } = await withWitness()
    const last = nodes[2]!
    await Promise.all([...nodes, slave].map((node) => node.ready()))
    expect(last.status).toMatchObject({ ready: true, witness: true, group: { phase: 'member' } })
    expect(last.status.record!.voters.map(({ name }) => name)).toContain(witness)
    expect(() => last.embed({ role: 'server', name: 'none' })).toThrow(
      expect.objectContaining({ code: 'RING_WITNESS_SERVES_NOTHING' }) as Error,
    )
    const { runtimeDirectory } = last.settings
    await expect(attachProgram({ runtimeDirectory, role: 'server', name: 'none' })).rejects.toThrow('witness')
    const asker = await attachProgram({ runtimeDirectory, role: 'client', name: 'asker' })
    for (const node of nodes.slice(0, 2)) node.embed({ role: 'server', name: 'who' }).serve(() => text(node.name))
    const owners = new Set<string>()
    for (let key = 0; key < 40; key++) owners.add(await ask(asker, key))
    await asker.close()
    expect(owners).toEqual(new Set(nodes.slice(0, 2).map(({ name }) => String(name))))
    // Its vote makes the majority.
    await nodes[0]!.stop()
    await until(() => nodes[1]!.status.record!.view.members.length === 2)
    await until(() => isPrimary(nodes[1]!))
  })

  it('B6: members see the zone and the version of each, and a change at run time', async () => {
    const { nodes, text: configured, ports } = await withWitness()
    const zones = () => nodes[2]!.status.record!.view.members.map(({ metadata }) => metadata?.zone)
    await until(() => zones().every((zone) => zone === 'east'))
    expect(nodes[2]!.status.record!.view.members.map(({ metadata }) => metadata?.version)).toEqual(
      Array(3).fill(packageVersion()),
    )
    const { epoch } = nodes[2]!.status.record!
    const configuration = configured(`east, 127.0.0.1:${ports[0]!.CTLPORT}=west`)
    const { applied } = await nodes[0]!.apply(await readSettings({ configuration, ctlPort: ports[0]!.CTLPORT }))
    expect(applied).toEqual(['[RING] ZONE'])
    await until(() => zones().includes('west'))
    expect(nodes[2]!.status.record!.epoch).toBe(epoch)
  })
})

describe('a state directory', () => {
  it('R4: is for one node: another one is told whose it is, and may have it when that has stopped', async () => {
    const ports = Array.from({ length: 2 }, () => ({ PORT: freshPort(), CTLPORT: freshPort() }))
    const configuration = JSON.stringify({
      GLOBAL: { FILEVERSION: 1, GROUP: `shared-${ports[0]!.PORT}`, DELIVERMODE: 'hash' },
      RING: { RUNTIMEDIR: join(directory, '%n'), STATEDIR: join(directory, 'state-of-all'), QUORUM: 'majority' },
      SVRNODE: ports.map((port) => ({ NAME: '127.0.0.1', ...port })),
    })
    const first = await start(configuration, ports[0]!.CTLPORT)
    const refused = { code: 'RING_NODE_SETUP', message: expect.stringContaining(`process ${process.pid}`) as string }
    await expect(start(configuration, ports[1]!.CTLPORT)).rejects.toMatchObject(refused)
    await first.stop()
    await (await start(configuration, ports[1]!.CTLPORT)).stop()
  })
})

function isPrimary({ status: { group } }: RingNode): boolean {
  return group.phase === 'member' && group.primary
}

describe('RingNode.ready', () => {
  /** One of three: it never gets a majority. */
  const lonely = () => {
    const ports = Array.from({ length: 3 }, () => ({ PORT: freshPort(), CTLPORT: freshPort() }))
    const configuration = JSON.stringify({
      GLOBAL: { FILEVERSION: 1, GROUP: `lonely-${ports[0]!.PORT}`, DELIVERMODE: 'hash' },
      RING: { RUNTIMEDIR: join(directory, '%n'), STATEDIR: join(directory, 'state-%n'), QUORUM: 'majority' },
      SVRNODE: ports.map((port) => ({ NAME: '127.0.0.1', ...port })),
      SLVNODE: [{ NAME: '[.]*', CTLPORT: freshPort() }],
    })
    return start(configuration, ports[0]!.CTLPORT)
  }

  it('fails when the node is stopped first, and at once when it was stopped before', async () => {
    const node = await lonely()
    const waiting = expect(node.ready()).rejects.toMatchObject({ code: 'RING_NODE_STOPPED' })
    await node.stop()
    await waiting
    await expect(node.ready()).rejects.toThrow(/Start a new node/)
  })

  it('is stopped when it has stopped, also for who asks a second time', async () => {
    const node = await lonely()
    const ended: string[] = []
    const first = node.stop().then(() => ended.push('first'))
    const second = node.stop().then(() => ended.push('second'))
    await second
    await first
    expect(ended).toEqual(['first', 'second'])
    await node.stop()
  })

  it('listens no longer than it waits', async () => {
    const node = await lonely()
    const abort = new AbortController()
    const waiting = expect(node.ready({ signal: abort.signal })).rejects.toThrow('enough')
    abort.abort(new Error('enough'))
    await waiting
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
    const asked = vi.spyOn(node, 'isReady', 'get')
    await node.stop()
    expect(asked).not.toHaveBeenCalled()
  })
})

describe('U3: what a node tells its host', () => {
  const alone = (port = freshPort()) =>
    ({
      GLOBAL: { FILEVERSION: 1, GROUP: `host-${port}`, DELIVERMODE: 'hash' },
      RING: { RUNTIMEDIR: join(directory, '%n') },
      SVRNODE: [{ NAME: '127.0.0.1', PORT: port, CTLPORT: freshPort() }],
    }) as const

  it('U3: takes a configuration as an object, and stops at the end of `await using`', async () => {
    const configuration = alone()
    const node = await startNode({ configuration, logger: silent })
    running.push(node)
    expect(node.name).toBe(`127.0.0.1:${configuration.SVRNODE[0].CTLPORT}`)
    await node.ready()
    await node[Symbol.asyncDispose]()
    expect(node.isStopping).toBe(true)
    const wrong = { ...configuration, GLOBAL: { ...configuration.GLOBAL, REPLICA: Number.NaN } }
    await expect(startNode({ configuration: wrong })).rejects.toThrow(/\[GLOBAL\] REPLICA: must be/)
  })

  it('U3: without a logger it says warnings and errors on standard error, a line each', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const node = await startNode({ configuration: alone() })
    running.push(node)
    const lines = said.mock.calls.map((words) => words.join())
    expect(lines).toContainEqual(expect.stringMatching(/^ring: .*config\.warning.*host can join this ring\)$/))
    expect(lines.join()).not.toContain('view.installed')
    said.mockRestore()
  })

  it('U3: a listener that throws is reported and the others are called; each can be taken off', async () => {
    const errors: object[] = []
    const logger = { ...silent, error: (fields: object) => errors.push(fields) }
    const node = await startNode({ configuration: alone(), logger })
    running.push(node)
    node.onChange(() => {
      throw new Error('broken listener')
    })
    let [heard, takenOff] = [0, 0]
    node.onChange(() => heard++)
    node.onChange(() => takenOff++)()
    await node.stop()
    expect(heard).toBeGreaterThan(0)
    expect(takenOff).toBe(0)
    expect(errors[0]).toMatchObject({ event: 'listener.failed', type: 'change', err: new Error('broken listener') })
  })
})

describe('startNode', () => {
  it.each([
    ['no options', undefined],
    ['no configuration', {}],
    ['a port as a text', { configuration: '{}', ctlPort: '9001' }],
    ['a port beyond the last', { configuration: '{}', httpPort: 70_000 }],
    ['a flag as a text', { configuration: '{}', slave: 'yes' }],
    ['protocols that are none', { configuration: '{}', discovery: [5] }],
  ])('F: refuses at once what is of a wrong type: %s', async (_, options) => {
    await expect(startNode(options as never)).rejects.toMatchObject({ code: 'RING_ARGUMENT' })
  })

  it('A3: hash mode: one key has one server, and the keys spread over all', async () => {
    const { client, names } = await ring({})
    const owners = new Map<string, string>()
    for (let turn = 0; turn < 2; turn++) {
      for (let key = 0; key < 60; key++) {
        const owner = await ask(client, `key ${key}`)
        expect(owners.get(`key ${key}`) ?? owner).toBe(owner)
        owners.set(`key ${key}`, owner)
      }
    }
    expect([...new Set(owners.values())].sort()).toEqual(names)
  })

  it('A3: random mode: round-robin that really is round', async () => {
    const { client, names, slave } = await ring({ global: { DELIVERMODE: 'random' } })
    const counts = new Map<string, number>()
    // The links to all servers are up once each has answered.
    await untilTold(async () => new Set(await Promise.all([1, 2, 3].map(() => ask(client, 'k')))).size === 3)
    for (let turn = 0; turn < 90; turn++) {
      const name = await ask(client, 'any')
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    expect(names.map((name) => counts.get(name))).toEqual([30, 30, 30])
    const { runtimeDirectory } = slave.settings
    const attached = await attachProgram({ runtimeDirectory, role: 'client', name: 'over the socket' })
    expect(names).toContain(await ask(attached, 'any'))
    await attached.close()
  })

  it('A3: broadcast has one reply a server; replicate asks all servers of the key', async () => {
    const { client, names } = await ring({ global: { REPLICA: 1 } })
    await untilTold(async () => (await client.broadcast(text('who?'))).every(({ ok }) => ok))
    const everybody = await client.broadcast(text('who?'))
    expect(everybody.map((answer) => (answer.ok ? answer.server : answer.error.message)).sort()).toEqual(names)
    const copies = await client.replicate('one key', text('who?'))
    expect(copies).toHaveLength(2)
    expect(copies.every((answer) => answer.ok)).toBe(true)
  })

  it("A3: CHMPX's own placement is hash modulo the number of servers", async () => {
    const { client, names } = await ring({ ring: { PLACEMENT: 'chmpx' } })
    for (const key of [0, 1, 2, 3, 4, 5]) expect(await ask(client, key)).toBe(names[key % 3])
  })

  it('F1: a ring with a group key turns a stranger away', async () => {
    const key = '0123456789abcdef0123'
    const { nodes, client } = await ring({ servers: 2, ring: { GROUPKEY: [key] } })
    await ask(client, 'a key')
    const { name, settings } = nodes[0]!
    const { group } = settings.configuration.global
    const knock = (keys: readonly Uint8Array[]) => {
      const self = { group, name: nodeName('stranger:1'), role: 'slave', incarnation: incarnation(1), keys } as const
      const endpoint = new NodeEndpoint(self, { onMessage: () => {}, onLinkUp: () => {}, onLinkDown: () => {} })
      return new Promise((resolve) => endpoint.probe(settings.address, 2000, resolve))
    }
    expect(await knock([])).toMatchObject({ kind: 'rejected' })
    expect(await knock([text('another key of some length')])).toMatchObject({ kind: 'rejected' })
    expect(await knock([text(key)])).toMatchObject({ kind: 'connected', peer: { name } })
  })

  it('F1: runs over mutual TLS from the keys of the configuration', async () => {
    const [certificate, key] = await certificateFiles()
    const tls = { SSL: 'on', SSL_VERIFY_PEER: 'on', CAPATH: certificate }
    const pairs = { SERVER_CERT: certificate, SERVER_PRIKEY: key, SLAVE_CERT: certificate, SLAVE_PRIKEY: key }
    const { client, names } = await ring({ servers: 2, global: { ...tls, ...pairs }, ring: { AUTH: 'required' } })
    expect(names).toContain(await ask(client, 'a key'))
  })

  it('keeps its socket and its directory to its user', async () => {
    const { slave } = await ring({ servers: 1 })
    const { runtimeDirectory } = slave.settings
    expect(statSync(runtimeDirectory).mode & 0o777).toBe(0o700)
    expect(statSync(join(runtimeDirectory, 'program.sock')).mode & 0o777).toBe(0o600)
  })
})

/** Like {@link until}, for conditions that have to ask. */
async function untilTold(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20))
}

async function certificateFiles(): Promise<[string, string]> {
  const made = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
  const files: [string, string] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')]
  writeFileSync(files[0], made.cert)
  writeFileSync(files[1], made.private, { mode: 0o600 })
  return files
}
