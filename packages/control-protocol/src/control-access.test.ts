import { connect as connectTls } from 'node:tls'
import { TlsContexts } from '@ring/transport'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import { askControl } from './control-client.ts'
import { closeAll, serve } from './control-server.testdata.ts'
import type { Access } from './core/commands/command-table.ts'
import { until } from './manual-clock.testdata.ts'

afterEach(closeAll)

const version = 'Version 1.0.113 (commit: c569e0e) with OpenSSL\n'

async function tlsOf(host: string): Promise<TlsContexts> {
  const extensions = [{ name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: host }] }]
  const made = await generate([{ name: 'commonName', value: host }], { algorithm: 'sha256', extensions })
  const certificate = { certificate: made.cert, privateKey: made.private }
  return new TlsContexts({ listener: certificate, authorities: made.cert, verifyPeer: false })
}

describe('A11: who may use the control port', () => {
  it('a host that may not is closed before a byte of it is read', async () => {
    const asked: string[] = []
    const node = await serve({
      access: (address) => {
        asked.push(address)
        return 'refused'
      },
    })
    expect(await node.client().say('SERVICEOUT 10.99.0.1:9031\n').reply()).toBe('')
    expect(asked).toEqual(['127.0.0.1'])
    expect([node.target.executed, node.server.counts]).toMatchObject([[], { refused: 1, commands: 0 }])
    expect(node.logged.at(-1)).toMatchObject({ event: 'operator.refused', from: '127.0.0.1' })
  })

  it('whoever floods it from outside fills no log', async () => {
    const node = await serve({ access: () => 'refused' })
    for (let time = 0; time < 50; time++) await node.client().reply()
    expect(node.logged.filter(({ event }) => event === 'operator.refused')).toHaveLength(1)
    expect(node.server.counts.refused).toBe(50)
  })

  it('a host that may look cannot change', async () => {
    const node = await serve({ access: () => 'read' })
    expect(await node.client().say('MERGE\n').reply()).toMatch(/^ERROR: MERGE is not permitted from this host\.\n/)
    expect(await node.client().say('VERSION\n').reply()).toBe(version)
    expect(node.target.executed).toEqual([])
  })

  it('a decision that fails or does not come is a refusal, and only that client waits for it', async () => {
    const access = (): Promise<Access> => new Promise(() => undefined)
    const node = await serve({ access })
    const waiting = node.client().say('MERGE\n')
    await until(() => node.clock.due.includes(5000))
    node.clock.advance(5000)
    expect(await waiting.reply()).toBe('')
    for (const failing of [
      () => Promise.reject(new Error('no resolver')),
      () => {
        throw new Error('broken')
      },
    ]) {
      const other = await serve({ access: failing })
      expect(await other.client().say('MERGE\n').reply()).toBe('')
      expect(other.target.executed).toEqual([])
    }
    expect(node.target.executed).toEqual([])
  })

  it('a token lets a remote operator do everything; a wrong one takes its time, and nothing happens', async () => {
    for (const given of ['refused', 'read'] as const) {
      const node = await serve({ access: () => given, tokens: ['old one', 's3cret', ''] })
      expect(await node.client().say('TOKEN s3cret\nMERGE\n').reply()).toBe('SUCCEED\n')
      expect(await node.client().say('TOKEN s3cret\r\nKEEP\nMERGE\nQUIT\n').reply()).toBe('SUCCEED\n.\nSUCCEED\n.\n')
      for (const wrong of ['s3cre', 's3crett', '', 'S3CRET']) {
        const client = node.client().say(`TOKEN ${wrong}\nMERGE\n`)
        await until(() => node.clock.due.includes(1000))
        expect(client.text).toBe('')
        node.clock.advance(1000)
        expect(await client.reply()).toMatch(/^ERROR: This token is not valid here\.\n/)
      }
      expect([node.target.executed.length, node.server.counts.wrongTokens]).toEqual([2, 4])
      node.server.setTokens(['new'])
      expect(await node.client().say('TOKEN new\nMERGE\n').reply()).toBe('SUCCEED\n')
    }
  })

  it('without the token a host that is refused learns nothing', async () => {
    const node = await serve({ access: () => 'refused', tokens: ['s3cret'] })
    for (const said of ['VERSION\n', 'KEEP\n', 'FOO\n']) expect(await node.client().say(said).reply()).toBe('')
  })

  it('F1: TLS shares the port with plain text, and takes a token', async () => {
    const contexts = await tlsOf('127.0.0.1')
    const node = await serve({ access: () => 'read', tokens: ['s3cret'], tls: { contexts } })
    const ask = { host: '127.0.0.1', port: node.port }
    expect(await askControl({ ...ask, command: 'MERGE', token: 's3cret', tls: contexts })).toBe('SUCCEED\n')
    expect(await askControl({ ...ask, command: 'VERSION', tls: contexts })).toBe(version)
    expect(await askControl({ ...ask, command: 'VERSION' })).toBe(version)
    expect(await askControl({ ...ask, command: 'MERGE', tls: contexts })).toMatch(/not permitted/)
    expect(node.target.executed).toHaveLength(1)
    // Somebody else's certificate is not taken for this node's.
    await expect(askControl({ ...ask, command: 'VERSION', tls: await tlsOf('127.0.0.1') })).rejects.toMatchObject({
      code: 'RING_CONTROL_UNREACHABLE',
      happened: 'no',
    })
  })

  it('F1: where TLS is required, plain text is refused with a word', async () => {
    const contexts = await tlsOf('127.0.0.1')
    const node = await serve({ tls: { contexts, required: true } })
    expect(await node.client().say('MERGE\n').reply()).toMatch(/^ERROR: This control port speaks TLS only\.\n/)
    expect(node.target.executed).toEqual([])
    expect(await askControl({ host: '127.0.0.1', port: node.port, command: 'VERSION', tls: contexts })).toBe(version)
  })

  it('F1: a broken or silent TLS client ends itself only', async () => {
    const contexts = await tlsOf('127.0.0.1')
    const node = await serve({ tls: { contexts } })
    await node
      .client()
      .say(new Uint8Array([0x16, 3, 1, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
      .reply()
    const silent = node.client()
    await until(() => node.clock.due.includes(5000))
    const secure = connectTls({ host: '127.0.0.1', port: node.port, ca: contexts.settings.authorities })
    secure.on('error', () => undefined)
    await until(() => secure.authorized)
    secure.destroy()
    expect(await node.client().say('VERSION\n').reply()).toBe(version)
    node.clock.advance(5000)
    await until(() => silent.isClosed)
  })
})
