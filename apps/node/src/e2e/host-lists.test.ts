import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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

/** Machines of which the first runs server a; each configuration is what one of them believes. */
function machines() {
  const namespaces = new NetworkNamespaces(3)
  clean.push(() => namespaces.remove())
  const directory = mkdtempSync(join(tmpdir(), 'ring-hosts-'))
  clean.push(() => rmSync(directory, { recursive: true, force: true }))
  const addresses = namespaces.hosts.map(({ address }) => address)
  const write = (name: string, b: object): string => {
    const content = {
      GLOBAL: { FILEVERSION: 1, GROUP: 'hosts', DELIVERMODE: 'hash', PORT: 8020, CTLPORT: 8021, CHMPXIDTYPE: 'CUK' },
      RING: { RUNTIMEDIR: `${name}-run` },
      SVRNODE: [
        { NAME: addresses[0], CUK: 'a' },
        { CUK: 'b', ...b },
      ],
    }
    const path = join(directory, `${name}.json`)
    writeFileSync(`${path}.new`, JSON.stringify(content))
    renameSync(`${path}.new`, path)
    return path
  }
  const start = (host: number, configuration: string, cuk: string) => {
    const args = ['run', '--config', configuration, '--cuk', cuk]
    const daemon = new DaemonProcess(args, {}, namespaces.on(host))
    clean.push(async () => {
      daemon.signal('SIGKILL')
      await daemon.ended
    })
    return daemon
  }
  return { addresses, write, start }
}

describe.skipIf(obstacle !== undefined)(
  `host lists on machines of their own, without a key${because(obstacle)}`,
  () => {
    it('A1: a server that is seen as another address is refused until FORWARD_PEERS names it', async () => {
      const { addresses, write, start } = machines()
      // To a, b is at the second machine. It really runs on the third, as if its traffic came through a gateway.
      // It is there first, so that it is the one that looks for the other and joins it.
      const b = start(2, write('b', { NAME: addresses[2] }), 'b')
      await b.event('node.ready')
      const a = start(0, write('a', { NAME: addresses[1] }), 'a')
      expect(await a.event('peer.refused')).toMatchObject({ remote: addresses[2], reason: 'hosts' })
      write('a', { NAME: addresses[1], FORWARD_PEERS: addresses[2] })
      a.signal('SIGHUP')
      expect(await a.event('config.reloaded')).toMatchObject({
        applied: ['[SVRNODE b] FORWARD_PEERS'],
        needRestart: [],
      })
      await a.event('view.installed', hasMembers(2))
      await b.event('view.installed', hasMembers(2))
    })

    it('F1: a machine of the lists cannot be a server of another machine', async () => {
      const { addresses, write, start } = machines()
      const more = { NAME: addresses[1], FORWARD_PEERS: addresses[1] }
      const a = start(0, write('a', more), 'a')
      await a.event('node.ready')
      start(1, write('liar', { NAME: addresses[1], CUK: 'c' }), 'c')
      expect(await a.event('peer.refused')).toMatchObject({ remote: addresses[1], reason: 'not-allowed' })
    })
  },
)
