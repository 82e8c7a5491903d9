import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get as plainGet } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SecureVersion } from 'node:tls'
import { Registry } from 'prom-client'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import { freshPort } from '../e2e/daemon-process.ts'
import { type RingNode, readSettings, startNode } from '../index.ts'
import { HealthServer } from './health-server.ts'

const clean: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step()
})

interface Pair {
  readonly cert: string
  readonly private: string
}

function pair(name: string): Promise<Pair> {
  return generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
}

async function node(
  own: Pair,
  ring: object = {},
  global: object = {},
): Promise<{ node: RingNode; renew(next: Pair): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'ring-health-'))
  clean.push(() => rmSync(directory, { recursive: true, force: true }))
  const [certificate, key, ca] = ['node.pem', 'node.key', 'ca.pem'].map((name) => join(directory, name))
  const write = (next: Pair) => {
    writeFileSync(certificate!, next.cert)
    writeFileSync(key!, next.private)
  }
  write(own)
  writeFileSync(ca!, own.cert)
  const ctlPort = freshPort()
  const options = {
    configuration: JSON.stringify({
      GLOBAL: {
        ...{ FILEVERSION: 1, GROUP: 'health', DELIVERMODE: 'hash', SSL: 'on' },
        ...{ CAPATH: ca, SERVER_CERT: certificate, SERVER_PRIKEY: key },
        ...global,
      },
      RING: { RUNTIMEDIR: join(directory, 'run'), GROUPKEY: 'a key that is long enough', ...ring },
      SVRNODE: [{ NAME: '127.0.0.1', PORT: freshPort(), CTLPORT: ctlPort }],
    }),
    ctlPort,
  }
  const started = await startNode(options)
  clean.push(() => started.stop())
  const renew = async (next: Pair) => {
    write(next)
    await started.apply(await readSettings(options))
  }
  return { node: started, renew }
}

async function health(of: RingNode, tls: 'off' | 'on' | 'mutual'): Promise<number> {
  const port = freshPort()
  const server = new HealthServer(of, new Registry())
  await server.start({ host: '127.0.0.1', port, tls })
  clean.push(() => server.stop())
  return port
}

function ask(port: number, ca: string, own?: Pair, maxVersion: SecureVersion = 'TLSv1.3'): Promise<number | string> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/livez', ca, agent: false, maxVersion }
    const asking = request({ ...options, ...(own && { cert: own.cert, key: own.private }) }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asking.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    asking.end()
  })
}

function get(port: number, path: string, agent?: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = plainGet({ host: '127.0.0.1', port, path, ...(agent && { agent }) }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    asking.on('error', reject)
  })
}

describe('the health port', () => {
  it('F1: speaks TLS with the node’s certificate, and takes a new one without a stop', async () => {
    const [old, fresh] = [await pair('old'), await pair('fresh')]
    const { node: started, renew } = await node(old)
    const port = await health(started, 'on')
    expect(await ask(port, old.cert)).toBe(200)
    await renew(fresh)
    expect(await ask(port, fresh.cert)).toBe(200)
    expect(await ask(port, old.cert)).toEqual(expect.any(String))
  })

  it('F1: mutual: answers only who shows a certificate that CAPATH signed', async () => {
    const [own, stranger] = [await pair('own'), await pair('stranger')]
    const { node: started } = await node(own)
    const port = await health(started, 'mutual')
    expect(await ask(port, own.cert, own)).toBe(200)
    expect(await ask(port, own.cert)).toEqual(expect.any(String))
    expect(await ask(port, own.cert, stranger)).toEqual(expect.any(String))
  })

  it('F1: refuses what is older than SSL_MIN_VER', async () => {
    const own = await pair('own')
    const { node: started } = await node(own, {}, { SSL_MIN_VER: 'TLSV1.3' })
    const port = await health(started, 'on')
    expect(await ask(port, own.cert)).toBe(200)
    expect(await ask(port, own.cert, undefined, 'TLSv1.2')).toEqual(expect.any(String))
    const usual = await health((await node(own)).node, 'on')
    expect(await ask(usual, own.cert, undefined, 'TLSv1.2')).toBe(200)
  })

  it('F3: answers one request of a connection at a time, however many are sent at once', async () => {
    const { node: open } = await node(await pair('own'))
    const registry = new Registry()
    let asked = 0
    registry.metrics = () => {
      asked++
      return Promise.resolve('x'.repeat(100_000))
    }
    const port = freshPort()
    const server = new HealthServer(open, registry)
    await server.start({ host: '127.0.0.1', port, tls: 'off' })
    clean.push(() => server.stop())
    const closed = Array.from(
      { length: 10 },
      () =>
        new Promise((resolve) => {
          const socket = connect(port, '127.0.0.1', () =>
            socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(500)),
          )
          socket.on('error', () => undefined)
          socket.on('close', resolve)
          socket.resume()
        }),
    )
    await Promise.all(closed)
    expect(asked).toBeLessThanOrEqual(10)
    expect(await get(port, '/livez')).toBe(200)
    // One after the other over one connection, as a scraper does.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    clean.push(() => agent.destroy())
    for (let turn = 0; turn < 3; turn++) expect(await get(port, '/metrics', agent)).toBe(200)
  })

  it('F1: plain beyond loopback is a warning, TLS without a certificate an error', async () => {
    const { node: open } = await node(await pair('own'), { HTTPPORT: freshPort(), HTTPBIND: '0.0.0.0' })
    expect(open.status.warnings.join()).toContain('HTTPBIND beyond loopback')
    const ctlPort = freshPort()
    const plain = await startNode({
      configuration: JSON.stringify({
        GLOBAL: { FILEVERSION: 1, GROUP: 'health', DELIVERMODE: 'hash' },
        SVRNODE: [{ NAME: '127.0.0.1', PORT: freshPort(), CTLPORT: ctlPort }],
      }),
      ctlPort,
    })
    clean.push(() => plain.stop())
    await expect(health(plain, 'on')).rejects.toMatchObject({ code: 'RING_NODE_SETUP' })
  })
})
