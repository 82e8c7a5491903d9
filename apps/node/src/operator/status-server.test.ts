import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silent } from '@ring/platform'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { fingerprint } from '../access/key-standing.ts'
import { askNode } from '../cli/asking/node-question.ts'
import { freshPort } from '../e2e/daemon-process.ts'
import { type RingNode, startNode } from '../index.ts'
import type { KeysReport, MembersReport, StatusReport } from './node-report.ts'
import { StatusServer, statusSocketName } from './status-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'ring-status-'))
const running: (() => Promise<void>)[] = []
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

const [first, second] = ['the first key of this ring', 'the second key of this ring']

async function served(): Promise<{ node: RingNode; directory: string; keyFile: string }> {
  const ctlPort = freshPort()
  const directory = join(folder, `${ctlPort}`)
  const keyFile = join(folder, `${ctlPort}.key`)
  writeFileSync(keyFile, `${first}\n`, { mode: 0o600 })
  const node = await startNode({
    configuration: {
      GLOBAL: { FILEVERSION: 1, GROUP: 'status', DELIVERMODE: 'hash' },
      RING: { RUNTIMEDIR: directory, GROUPKEYFILE: keyFile, ZONE: 'east' },
      SVRNODE: [{ NAME: '127.0.0.1', PORT: freshPort(), CTLPORT: ctlPort }],
      SLVNODE: [{ NAME: '[.]*' }],
    },
    logger: silent,
  })
  running.push(() => node.stop())
  const server = new StatusServer(node)
  await server.start()
  running.push(() => server.stop())
  await node.ready()
  return { node, directory, keyFile }
}

/** Sends bytes, and gives what came back until the end. */
function raw(directory: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let got = ''
    const socket = connect(join(directory, statusSocketName), () => socket.write(text))
    socket.on('data', (bytes) => (got += String(bytes)))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(got))
  })
}

describe('U3: what a running node tells its operator', () => {
  it('U3: status and members, over a socket that is its own alone', async () => {
    const { node, directory } = await served()
    node.embed({ role: 'client', name: 'asker' })
    node.embed({ role: 'server', name: 'teller', service: 'accounts' })
    expect(statSync(join(directory, statusSocketName)).mode & 0o777).toBe(0o600)
    expect((await askNode(directory, '/status')) as StatusReport).toMatchObject({
      ...{ node: node.name, role: 'server', group: 'status', ready: true, waiting: null, pid: process.pid, keys: 1 },
      membership: { phase: 'member' },
      record: { members: 1, coordinator: node.name },
      programs: [
        { name: 'asker', role: 'client' },
        { name: 'teller', role: 'server', service: 'accounts' },
      ],
    })
    const { members } = (await askNode(directory, '/members')) as MembersReport
    expect(members).toMatchObject([{ name: node.name, self: true, coordinator: true, zone: 'east' }])
  })

  it('F1: keys by fingerprint, which one signs and since when, never the key', async () => {
    const { node, directory, keyFile } = await served()
    const before = (await askNode(directory, '/keys')) as KeysReport
    expect(before.keys).toMatchObject([{ fingerprint: fingerprint(first) }])
    const startedMs = before.keys[0]!.signsSinceMs!
    expect(Math.abs(Date.now() - startedMs)).toBeLessThan(60_000)
    node.setKeys([second, first].map((key) => new TextEncoder().encode(key)))
    const after = (await askNode(directory, '/keys')) as KeysReport
    expect(after.keys.map((key) => key.fingerprint)).toEqual([second, first].map(fingerprint))
    expect(after.keys[1]).toEqual({ fingerprint: fingerprint(first), acceptedSinceMs: startedMs })
    expect(after.keys[0]!.signsSinceMs).toBeGreaterThanOrEqual(startedMs)
    expect(JSON.stringify([before, after])).not.toContain('of this ring')
    writeFileSync(keyFile, 'short\n')
    expect(await node.apply(node.settings)).toMatchObject({ problems: [expect.any(String)] })
    expect(((await askNode(directory, '/keys')) as KeysReport).problems).toHaveLength(1)
  })

  it('F3: one request a connection, GET only, bounded connections; what nobody understands ends', async () => {
    const { directory } = await served()
    const get = 'GET /status HTTP/1.1\r\nHost: x\r\n\r\n'
    expect(await raw(directory, get)).toMatch(/^HTTP\/1\.1 200 OK/)
    expect((await raw(directory, get.repeat(3000))).match(/HTTP\/1\.1 /g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect(await raw(directory, get.replace('GET', 'POST'))).toMatch(/^HTTP\/1\.1 405/)
    expect(await raw(directory, get.replace('/status', '/constructor'))).toMatch(/^HTTP\/1\.1 404/)
    expect(await raw(directory, '\u0000\u0001 nonsense\r\n\r\n')).not.toContain('200')
    const idle = Array.from({ length: 40 }, () => connect(join(directory, statusSocketName)))
    const refused = idle.map((socket) => new Promise((resolve) => socket.on('error', resolve).on('close', resolve)))
    await Promise.race(refused)
    for (const socket of idle) socket.destroy()
    await Promise.all(refused)
    expect(await askNode(directory, '/status')).toMatchObject({ ready: true })
  })

  it('U3: says what to do where no node answers', async () => {
    const { node, directory } = await served()
    for (const stop of running.splice(0).reverse()) await stop()
    expect(node.isStopping).toBe(true)
    await expect(askNode(directory, '/status')).rejects.toMatchObject({
      code: 'RING_NODE_NOT_RUNNING',
      message: expect.stringMatching(/does not run.*ring-node run/) as string,
    })
    await expect(askNode('x'.repeat(120), '/status')).rejects.toMatchObject({ code: 'RING_SOCKET_PATH_TOO_LONG' })
  })
})
