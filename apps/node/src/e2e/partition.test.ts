import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { DaemonProcess, hasMembers } from './daemon-process.ts'
import { NetworkNamespaces } from './network-namespaces.ts'

const obstacle = NetworkNamespaces.obstacle()
if (obstacle !== undefined) console.log(`skipped: this machine allows no network namespaces (${obstacle})`)

const httpPort = 18_923
const clean: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step()
})

/** Three servers, each on a host of its own. */
function start(): { namespaces: NetworkNamespaces; daemons: DaemonProcess[] } {
  const namespaces = new NetworkNamespaces(3)
  const directory = mkdtempSync(join(tmpdir(), 'ring-cut-'))
  clean.push(() => rmSync(directory, { recursive: true, force: true }))
  clean.push(() => namespaces.remove())
  const configuration = join(directory, 'ring.json')
  const content = {
    GLOBAL: { FILEVERSION: 1, GROUP: 'cut', DELIVERMODE: 'hash', PORT: 8020, CTLPORT: 8021 },
    RING: { QUORUM: 'majority', STATEDIR: '%n/state', RUNTIMEDIR: '%n', HTTPPORT: httpPort },
    SVRNODE: namespaces.hosts.map(({ address }) => ({ NAME: address })),
    SLVNODE: [{ NAME: '[.]*', CTLPORT: 8022 }],
  }
  writeFileSync(configuration, JSON.stringify(content))
  const daemons = namespaces.hosts.map((_, host) => {
    return new DaemonProcess(['run', '--config', configuration, '--ctlport', '8021'], {}, namespaces.on(host))
  })
  clean.push(async () => {
    for (const daemon of daemons) {
      daemon.signal('SIGKILL')
      await daemon.ended
    }
  })
  return { namespaces, daemons }
}

interface Readiness {
  readonly group: { readonly nonPrimary?: boolean; readonly missing?: readonly string[] }
  readonly members: readonly string[]
}

function readiness(namespaces: NetworkNamespaces, host: number): Readiness {
  const ask = `fetch('http://127.0.0.1:${httpPort}/readyz').then((r) => r.text()).then((t) => process.stdout.write(t))`
  const [command, ...prefix] = namespaces.on(host)
  return JSON.parse(execFileSync(command!, [...prefix, process.execPath, '-e', ask], { encoding: 'utf8' })) as Readiness
}

describe.skipIf(obstacle !== undefined)('a real network that is cut', () => {
  it('F4: the side with a quorum goes on, the other says who is missing, and both are one again', async () => {
    const { namespaces, daemons } = start()
    await Promise.all(daemons.map((daemon) => daemon.event('node.ready')))
    await Promise.all(daemons.map((daemon) => daemon.event('view.installed', hasMembers(3))))
    namespaces.cut(2)
    await daemons[0]!.event('view.installed', hasMembers(2))
    expect(readiness(namespaces, 0).members.toSorted()).toEqual(['192.0.2.1:8021', '192.0.2.2:8021'])
    await daemons[2]!.event('group.non-primary')
    const alone = readiness(namespaces, 2)
    expect(alone.members).toHaveLength(3)
    expect(alone.group).toMatchObject({
      nonPrimary: true,
      missing: expect.arrayContaining(['192.0.2.1:8021', '192.0.2.2:8021']) as string[],
    })
    namespaces.mend(2)
    await daemons[2]!.event('member.rejoin')
    await daemons[0]!.event('view.installed', hasMembers(3))
  }, 90_000)
})
