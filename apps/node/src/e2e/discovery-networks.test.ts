import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { DaemonProcess, hasMembers } from './daemon-process.ts'
import { NetworkNamespaces } from './network-namespaces.ts'
import { because } from './skip-reason.ts'

const obstacle = NetworkNamespaces.obstacle()

const clean: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step()
})

/** Machines on one network, none of which is told of the others. */
function machines(count: number) {
  const namespaces = new NetworkNamespaces(count)
  clean.push(() => namespaces.remove())
  const directory = mkdtempSync(join(tmpdir(), 'ring-found-'))
  clean.push(() => rmSync(directory, { recursive: true, force: true }))
  const keyFile = join(directory, 'ring.key')
  writeFileSync(keyFile, `${'k'.repeat(43)}\n`, { mode: 0o600 })
  const start = (host: number, flags: readonly string[]) => {
    const { address } = namespaces.hosts[host]!
    // They share a host name, as containers may: the address tells them apart.
    const place = ['--host', address, '--ctlport', '9021', '--runtime-dir', join(directory, address)]
    const args = ['run', '--group', 'found', ...place, ...flags]
    const daemon = new DaemonProcess(args, {}, namespaces.on(host))
    clean.push(async () => {
      daemon.signal('SIGKILL')
      await daemon.ended
    })
    return daemon
  }
  return { addresses: namespaces.hosts.map(({ address }) => address), keyFile, start }
}

describe.skipIf(obstacle !== undefined)(`B2: finding each other between machines${because(obstacle)}`, () => {
  for (const protocol of ['ping', 'mping']) {
    it(`B2: ${protocol}, with nothing but a name and a key`, async () => {
      const { addresses, keyFile, start } = machines(3)
      const nodes = addresses.map((_, host) => start(host, ['--discovery', protocol, '--group-key-file', keyFile]))
      await Promise.all(nodes.map((node) => node.event('view.installed', hasMembers(3))))
    })
  }

  it('F1: without a key another machine is not let in, and who has none is not answered', async () => {
    const { keyFile, start } = machines(3)
    const open = start(0, [])
    await open.event('node.ready')
    start(1, [])
    expect(await open.event('peer.refused')).toMatchObject({ reason: 'hosts' })
    const keyed = start(2, ['--group-key-file', keyFile])
    await keyed.event('view.installed', hasMembers(1))
    // The others look around now and then; who has a key does not answer who has none.
    await keyed.event('discovery.refused', ({ reason }) => reason === 'key')
  })

  it('B2: two machines of one name do not join, and say why', async () => {
    const { keyFile, start } = machines(2)
    const flags = ['--group-key-file', keyFile, '--bind', '0.0.0.0']
    const first = start(0, [...flags, '--host', 'same'])
    await first.event('node.ready')
    const second = start(1, [...flags, '--host', 'same'])
    expect(await second.event('discovery.refused')).toMatchObject({ reason: 'own-name' })
    // It is not ready, and comes in when the name is free.
    first.signal('SIGTERM')
    await first.ended
    const freeAt = new Date().toISOString()
    expect(String((await second.event('node.ready'))['time']) >= freeAt).toBe(true)
  })
})
