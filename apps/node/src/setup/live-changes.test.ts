import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, type DialOutcome, incarnation, type Logger, nodeName, silent } from '@ring/platform'
import { NodeEndpoint, type NodeEndpointOptions } from '@ring/transport'
import { generate } from 'selfsigned'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshPort } from '../e2e/daemon-process.ts'
import { type RingNode, readSettings, startNode } from '../index.ts'

let directory: string
const running: RingNode[] = []
const directories: string[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ring-live-'))
  directories.push(directory)
})
afterEach(async () => {
  for (const node of running.splice(0).reverse()) await node.stop()
})
afterAll(() => {
  for (const one of directories) rmSync(one, { recursive: true, force: true })
})

const text = (words: string) => new TextEncoder().encode(words)
const quiet = { onMessage: () => undefined, onLinkUp: () => undefined, onLinkDown: () => undefined }

interface Parts {
  readonly global?: object
  readonly ring?: object
  readonly servers: readonly object[]
  readonly slaves?: readonly object[]
}

function configurationOf({ global, ring, servers, slaves = [] }: Parts): string {
  return JSON.stringify({
    GLOBAL: { FILEVERSION: 1, GROUP: 'live', DELIVERMODE: 'hash', ...global },
    RING: { RUNTIMEDIR: join(directory, '%n'), ...ring },
    SVRNODE: servers,
    SLVNODE: slaves,
  })
}

async function start(configuration: string, ctlPort: number, logger?: Logger): Promise<RingNode> {
  const node = await startNode({ configuration, ctlPort, ...(logger && { logger }) })
  running.push(node)
  return node
}

const freshServer = () => ({ NAME: '127.0.0.1', PORT: freshPort(), CTLPORT: freshPort() })

/** Knocks as somebody. */
function knock(at: Address, name: string, more: Partial<NodeEndpointOptions> = {}): Promise<DialOutcome> {
  const self = { group: 'live', name: nodeName(name), role: 'slave', incarnation: incarnation(1), ...more } as const
  return new Promise((resolve) => new NodeEndpoint(self, quiet).probe(at, 2000, resolve))
}

function recorder() {
  const events: Record<string, unknown>[] = []
  const note = (fields: object) => void events.push(fields as Record<string, unknown>)
  return { events, logger: { ...silent, info: note, warn: note, error: note } }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('a new configuration in a running node', () => {
  it('A1: a server and slaves that were added are let in, those that were taken out are not', async () => {
    const [one, two] = [freshServer(), freshServer()]
    const slave = { NAME: '[.]*', CTLPORT: 7001 }
    const first = await start(configurationOf({ servers: [one], slaves: [slave] }), one.CTLPORT)
    const at = first.settings.address
    expect(await knock(at, '127.0.0.1:7002')).toMatchObject({ kind: 'rejected' })
    expect(await knock(at, '127.0.0.1:7001')).toMatchObject({ kind: 'connected' })
    const claims = `127.0.0.1:${two.CTLPORT}`
    expect(await knock(at, claims, { role: 'server' })).toMatchObject({ kind: 'rejected' })
    const parts = { global: { FILEVERSION: 2 }, servers: [one, two], slaves: [{ ...slave, CTLPORT: 7002 }] }
    const configuration = configurationOf(parts)
    const applied = await first.apply(await readSettings({ configuration, ctlPort: one.CTLPORT }))
    expect(applied).toEqual({
      applied: ['[GLOBAL] FILEVERSION', '[SVRNODE]', '[SLVNODE]'],
      needRestart: [],
      problems: [],
    })
    expect(first.status.configuration).toMatchObject({ fileVersion: 2, needRestart: [] })
    expect(await knock(at, '127.0.0.1:7002')).toMatchObject({ kind: 'connected' })
    expect(await knock(at, '127.0.0.1:7001')).toMatchObject({ kind: 'rejected' })
    await start(configuration, two.CTLPORT)
    await until(() => first.status.record?.view.members.length === 2)
  })

  it('A1: what takes a restart stays said until then, and another identity is refused', async () => {
    const [one, two] = [freshServer(), freshServer()]
    const node = await start(configurationOf({ servers: [one, two] }), one.CTLPORT)
    const read = (ring: object, ctlPort = one.CTLPORT) =>
      readSettings({ configuration: configurationOf({ servers: [one, two], ring }), ctlPort })
    expect(await node.apply(await read({ DETECT: 'fast' }))).toMatchObject({ needRestart: ['[RING] DETECT'] })
    expect(await node.apply(await read({ DETECT: 'fast', GROUPKEY: 'a key that is long enough' }))).toMatchObject({
      applied: ['[RING] GROUPKEY'],
      needRestart: ['[RING] DETECT'],
    })
    expect(node.status.configuration.needRestart).toEqual(['[RING] DETECT'])
    expect(await knock(node.settings.address, '127.0.0.1:7001')).toMatchObject({ kind: 'rejected' })
    await expect(node.apply(await read({}, two.CTLPORT))).rejects.toMatchObject({ code: 'RING_NODE_SETUP' })
    expect(node.status.keys).toBe(1)
  })

  it('F1: a key file that others may read, or that has gone, leaves the old keys in use', async () => {
    const one = freshServer()
    const path = join(directory, 'ring.key')
    writeFileSync(path, 'the first key of the ring\n', { mode: 0o600 })
    const { events, logger } = recorder()
    const node = await start(configurationOf({ servers: [one], ring: { GROUPKEYFILE: path } }), one.CTLPORT, logger)
    chmodSync(path, 0o644)
    await until(() => events.some(({ event }) => event === 'keys.reload-failed'))
    expect(node.status.warnings.join()).toContain('chmod 600')
    const key = text('the first key of the ring')
    expect(await knock(node.settings.address, '127.0.0.1:7001', { keys: [key] })).toMatchObject({ kind: 'connected' })
    chmodSync(path, 0o600)
    writeFileSync(path, 'the second key of the ring\nthe first key of the ring\n')
    await until(() => events.some(({ event }) => event === 'keys.changed'))
    expect(node.status).toMatchObject({ keys: 2 })
    expect(node.status.warnings.join()).not.toContain('chmod')
    expect(await knock(node.settings.address, '127.0.0.1:7001', { keys: [key] })).toMatchObject({ kind: 'connected' })
  }, 30_000)
})

describe('certificates of a running node', () => {
  it('F1: expired, not matching, or gone on reload: the old one stays in use, and it is said', async () => {
    const one = freshServer()
    const files = { certificate: join(directory, 'node.pem'), key: join(directory, 'node.key') }
    const write = (made: Made) => {
      writeFileSync(files.certificate, made.cert)
      writeFileSync(files.key, made.private, { mode: 0o600 })
    }
    const [good, other, over] = [await made('good', 1), await made('other', 1), await made('over', -1)]
    write(good)
    const tls = {
      SSL: 'on',
      CAPATH: files.certificate,
      SERVER_CERT: files.certificate,
      SERVER_PRIKEY: files.key,
    }
    const configuration = configurationOf({ global: tls, servers: [one], slaves: [{ NAME: '[.]*', CTLPORT: 7001 }] })
    const read = () => readSettings({ configuration, ctlPort: one.CTLPORT })
    const node = await start(configuration, one.CTLPORT)
    const seen = () =>
      knock(node.settings.address, '127.0.0.1:7001', { tls: { authorities: good.cert, verifyPeer: false } })
    const [first] = node.status.certificates
    expect(first).toMatchObject({ use: 'server', path: files.certificate, subject: 'CN=good' })
    write(over)
    expect(await node.apply(await read())).toMatchObject({ problems: [expect.stringContaining('expired on')] })
    expect(node.status.certificates[0]).toMatchObject({ subject: 'CN=good', problem: expect.any(String) as string })
    expect(await seen()).toMatchObject({ kind: 'connected' })
    write({ ...good, private: other.private })
    expect(await node.apply(await read())).toMatchObject({ problems: [expect.stringContaining('match its key')] })
    expect(await seen()).toMatchObject({ kind: 'connected' })
    const settings = await read()
    rmSync(files.certificate)
    await expect(read()).rejects.toMatchObject({ code: 'RING_CONFIG_INVALID' })
    expect(await node.apply(settings)).toMatchObject({ problems: [expect.stringContaining('Could not read')] })
    expect(await seen()).toMatchObject({ kind: 'connected' })
    write(other)
    expect(await node.apply(await read())).toMatchObject({ problems: [] })
    expect(node.status.certificates).toMatchObject([{ subject: 'CN=other' }])
    expect(node.status.certificates[0]).not.toHaveProperty('problem')
    expect(await seen()).toMatchObject({ kind: 'rejected' })
    write(over)
    await expect(startNode({ configuration, ctlPort: one.CTLPORT, runtimeDirectory: join(directory, 'second') }))
      .rejects //
      .toMatchObject({ code: 'RING_NODE_SETUP', message: expect.stringContaining('expired on') as string })
  }, 30_000)

  it('F1: a listener that TLS was taken from shows its certificate until a restart', async () => {
    const [one, two] = [freshServer(), freshServer()]
    const [path, key] = [join(directory, 'node.pem'), join(directory, 'node.key')]
    const own = await made('own', 1)
    writeFileSync(path, own.cert)
    writeFileSync(key, own.private, { mode: 0o600 })
    const tls = { SSL: 'on', SERVER_CERT: path, SERVER_PRIKEY: key }
    const parts = { global: { CAPATH: path }, slaves: [{ NAME: '[.]*', CTLPORT: 7001 }] }
    const node = await start(configurationOf({ ...parts, servers: [{ ...one, ...tls }, two] }), one.CTLPORT)
    const configuration = configurationOf({ ...parts, servers: [one, { ...two, ...tls }] })
    const { needRestart } = await node.apply(await readSettings({ configuration, ctlPort: one.CTLPORT }))
    const named = [node.name, `127.0.0.1:${two.CTLPORT}`].map((name) => `[SVRNODE ${name}] SSL`)
    expect(needRestart).toEqual(expect.arrayContaining(named))
    const asked = { tls: { authorities: own.cert, verifyPeer: false } }
    expect(await knock(node.settings.address, '127.0.0.1:7001', asked)).toMatchObject({ kind: 'connected' })
  })

  it('F1: mutual TLS that was only saved opens the node to nobody, and the last key stays until a restart', async () => {
    const one = freshServer()
    const [path, key] = [join(directory, 'node.pem'), join(directory, 'node.key')]
    const own = await made('own', 1)
    writeFileSync(path, own.cert)
    writeFileSync(key, own.private, { mode: 0o600 })
    const pairs = { SERVER_CERT: path, SERVER_PRIKEY: key, SLAVE_CERT: path, SLAVE_PRIKEY: key }
    const mutual = { SSL: 'on', SSL_VERIFY_PEER: 'on', CAPATH: path, ...pairs }
    const slaves = [{ NAME: '[.]*', CTLPORT: 7001 }]
    const read = (global: object, ring: object) =>
      readSettings({ configuration: configurationOf({ global, ring, servers: [one], slaves }), ctlPort: one.CTLPORT })
    const node = await start(configurationOf({ servers: [one], slaves }), one.CTLPORT)
    const at = node.settings.address
    await node.apply(await read(mutual, {}))
    expect(await knock(at, '127.0.0.1:7002')).toMatchObject({ kind: 'rejected' })
    expect(await knock(at, '127.0.0.1:7001')).toMatchObject({ kind: 'connected' })
    await node.apply(await read({}, { GROUPKEY: 'a key that is long enough' }))
    const applied = await node.apply(await read(mutual, { AUTH: 'required' }))
    expect(applied.problems).toEqual([expect.stringContaining('started without mutual TLS')])
    expect(node.status.keys).toBe(1)
    expect(await knock(at, '127.0.0.1:7001')).toMatchObject({ kind: 'rejected' })
    await node.apply(await read(mutual, {}))
    expect(node.status.keys).toBe(0)
    expect(await knock(at, '127.0.0.1:7002')).toMatchObject({ kind: 'rejected' })
  })

  it('F1: a ring where each server decides on TLS works, and says what can be read on the way', async () => {
    const [secure, plain] = [freshServer(), freshServer()]
    const files = { certificate: join(directory, 'node.pem'), key: join(directory, 'node.key') }
    const own = await made('one', 1)
    writeFileSync(files.certificate, own.cert)
    writeFileSync(files.key, own.private, { mode: 0o600 })
    const tls = { SSL: 'on', SERVER_CERT: files.certificate, SERVER_PRIKEY: files.key }
    const configuration = configurationOf({
      global: { CAPATH: files.certificate },
      servers: [{ ...secure, ...tls }, plain],
      ring: { GROUPKEY: 'a key that is long enough' },
    })
    const nodes = [await start(configuration, secure.CTLPORT), await start(configuration, plain.CTLPORT)]
    await until(() => nodes.every((node) => node.status.record?.view.members.length === 2))
    expect(nodes[0]!.status.warnings.join()).toContain('SSL is on for some servers only')
    const required = configuration.replace('"GROUPKEY":"a key that is long enough"', '"AUTH":"required"')
    await expect(readSettings({ configuration: required, ctlPort: secure.CTLPORT })).rejects.toThrow('AUTH = required')
  })
})

interface Made {
  readonly cert: string
  readonly private: string
}

/** @param days until its end; a negative number is past */
async function made(name: string, days: number): Promise<Made> {
  const dayMs = 86_400_000
  return generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 10 * dayMs),
    notAfterDate: new Date(Date.now() + days * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
}
