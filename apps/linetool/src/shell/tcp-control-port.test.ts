import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ControlServer, type ControlServerOptions } from '@ring/control-protocol'
import { TlsContexts } from '@ring/transport'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SimulatedRing } from '../core/ring/simulated-ring.testdata.ts'
import { TcpControlPort, tlsContexts, tokenOf } from './tcp-control-port.ts'

const folder = mkdtempSync(join(tmpdir(), 'ring-control-port-'))
const file = (name: string) => join(folder, name)
const options = { timeoutMs: 5_000, signal: new AbortController().signal }
const servers: ControlServer[] = []
let own: { readonly cert: string; readonly private: string }

beforeAll(async () => {
  const extensions = [{ name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: 'localhost' }] }]
  const made = () => generate([{ name: 'commonName', value: 'localhost' }], { algorithm: 'sha256', extensions })
  own = await made()
  writeFileSync(file('ca.pem'), own.cert)
  writeFileSync(file('other.pem'), (await made()).cert)
  writeFileSync(file('token'), 'abc123\n')
})

afterAll(() => {
  for (const server of servers) server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function served(more: Partial<ControlServerOptions>): Promise<{ readonly host: string; readonly port: number }> {
  const [dump] = [...new SimulatedRing().dumps.values()]
  const server = new ControlServer({
    target: {
      version: '0.5.0',
      dump: () => dump!,
      execute: () => Promise.resolve({ ok: true, code: 'done', text: '' }),
    },
    listen: { hosts: ['localhost'], port: 0 },
    access: () => 'change',
    ...more,
  })
  servers.push(server)
  return { host: 'localhost', port: await server.start() }
}

describe('A11, A12: the way to a control port', () => {
  test('a token lets change who may only look', async () => {
    const address = await served({ access: () => 'read', tokens: ['abc123'] })
    const without = new TcpControlPort({})
    expect(await without.ask(address, 'VERSION', options)).toBe('Version 0.5.0\n')
    expect(await without.ask(address, 'MERGE', options)).not.toContain('SUCCEED')
    for (const token of [
      await tokenOf(file('token'), {}),
      await tokenOf(undefined, { RING_CONTROL_TOKEN: ' abc123 ' }),
    ]) {
      expect(await new TcpControlPort({ token }).ask(address, 'MERGE', options)).toBe('SUCCEED\n')
    }
    expect(await tokenOf(undefined, {})).toBeUndefined()
  })

  test('TLS, checked against --ca; without it, unchecked', async () => {
    const listener = { certificate: own.cert, privateKey: own.private }
    const tls = { contexts: new TlsContexts({ listener, verifyPeer: false }), required: true }
    const address = await served({ tls })
    const files = { certificate: undefined, privateKey: undefined }
    const checked = new TcpControlPort({ tls: await tlsContexts({ ca: file('ca.pem'), ...files }) })
    expect(await checked.ask(address, 'VERSION', options)).toBe('Version 0.5.0\n')
    const wrong = new TcpControlPort({ tls: await tlsContexts({ ca: file('other.pem'), ...files }) })
    await expect(wrong.ask(address, 'VERSION', options)).rejects.toMatchObject({ mayHaveHappened: false })
    const unchecked = new TcpControlPort({})
    unchecked.speakTls()
    expect(await unchecked.ask(address, 'VERSION', options)).toBe('Version 0.5.0\n')
    expect(await new TcpControlPort({}).ask(address, 'MERGE', options)).toContain('TLS only')
  })

  test('files that are not there, or are none, are told', async () => {
    const files = { ca: undefined, certificate: undefined, privateKey: undefined }
    await expect(tlsContexts({ ...files, ca: file('none') })).rejects.toMatchObject({ code: 'RING_LINETOOL_FILE' })
    writeFileSync(file('bad.pem'), 'no certificate')
    await expect(tlsContexts({ ...files, certificate: file('bad.pem'), privateKey: file('bad.pem') })).rejects.toThrow(
      /cannot be used/,
    )
    await expect(tokenOf(file('none'), {})).rejects.toMatchObject({ code: 'RING_LINETOOL_FILE' })
  })

  test('why a node does not answer, in a few words', async () => {
    const port = new TcpControlPort({})
    const ask = (address: { readonly host: string; readonly port: number }, timeoutMs = 5_000) =>
      port.ask(address, 'MERGE', { timeoutMs, signal: options.signal }).then(
        () => '',
        (error: unknown) =>
          `${(error as Error).message} ${String((error as { mayHaveHappened: boolean }).mayHaveHappened)}`,
      )
    expect(await ask({ host: '127.0.0.1', port: 1 })).toBe('nothing listens there false')
    const silent = createServer(() => undefined)
    const silentPort = await new Promise<number>((resolve) =>
      silent.listen(0, '127.0.0.1', () => resolve((silent.address() as { port: number }).port)),
    )
    expect(await ask({ host: '127.0.0.1', port: silentPort }, 100)).toBe('no answer within 0.1 s true')
    silent.close()
  })
})
