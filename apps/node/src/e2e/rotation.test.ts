import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import { ringNode, SeparateNodes, Traffic } from './separate-nodes.ts'

let nodes: SeparateNodes

afterEach(() => nodes.end())

const everywhere = [0, 1, 2, 3]

describe('a ring whose keys change while it works', () => {
  it('F6: a group key is added, used and removed: no request fails, and links are made anew in every step', async () => {
    nodes = new SeparateNodes()
    const master = join(nodes.directory, 'ring.key')
    expect(ringNode('key', 'new', '--file', master)).toContain('one key')
    const give = (at: number) => nodes.put(at, 'ring.key', readFileSync(master, 'utf8'))
    nodes.configure({}, { GROUPKEYFILE: 'ring.key' })
    for (const at of everywhere) give(at)
    const traffic = new Traffic(await nodes.start(), 10)
    await traffic.more(500)
    for (const [turn, step] of ['add', 'use', 'remove'].entries()) {
      ringNode('key', step, '--file', master)
      // In the middle of a step some nodes have the new file and some the old, and new links are opened between them.
      for (const at of [0, 3]) give(at)
      await Promise.all([0, 3].map((at) => nodes.daemons[at]!.event('keys.changed')))
      await nodes.restart(turn)
      for (const at of [1, 2]) give(at)
      if (turn === 0) for (const at of [1, 2]) nodes.daemons[at]!.signal('SIGHUP')
      await Promise.all([1, 2].map((at) => nodes.daemons[at]!.event('keys.changed')))
      await nodes.restart((turn + 1) % 3)
      await traffic.more(500)
    }
    await traffic.stop()
    expect(traffic.failed).toEqual([])
    expect(readFileSync(join(nodes.folder(2), 'ring.key'), 'utf8')).toBe(readFileSync(master, 'utf8'))
  })

  it('F6: certificates and their authority are renewed under mutual TLS: no request fails', async () => {
    nodes = new SeparateNodes()
    const [old, fresh] = [await certificate('old'), await certificate('fresh')]
    const files = { CAPATH: 'ca.pem', SERVER_CERT: 'node.pem', SERVER_PRIKEY: 'node.key' }
    const slave = { SLAVE_CERT: 'node.pem', SLAVE_PRIKEY: 'node.key' }
    for (const at of everywhere) {
      nodes.put(at, 'ca.pem', old.cert)
      nodes.put(at, 'node.pem', old.cert)
      nodes.put(at, 'node.key', old.private)
    }
    nodes.configure({ SSL: 'on', SSL_VERIFY_PEER: 'on', ...files, ...slave }, {})
    const traffic = new Traffic(await nodes.start(), 10)
    await traffic.more(500)
    const taken = () => Promise.all(everywhere.map((at) => nodes.daemons[at]!.event('certificate.changed')))
    for (const at of everywhere) nodes.put(at, 'ca.pem', `${old.cert}\n${fresh.cert}`)
    await taken()
    await nodes.restart(0)
    for (const at of everywhere) {
      nodes.put(at, 'node.pem', fresh.cert)
      nodes.put(at, 'node.key', fresh.private)
    }
    await taken()
    await nodes.restart(1)
    for (const at of everywhere) nodes.put(at, 'ca.pem', fresh.cert)
    await taken()
    await nodes.restart(2)
    await traffic.more(500)
    await traffic.stop()
    expect(traffic.failed).toEqual([])
  })
})

/** Its own authority; each has a name of its own, since authorities are found by theirs. */
function certificate(name: string) {
  return generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
}
