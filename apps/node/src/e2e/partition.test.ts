import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { DaemonProcess, hasMembers } from './daemon-process.ts'
import { NetworkNamespaces } from './network-namespaces.ts'
import { because } from './skip-reason.ts'

const obstacle = NetworkNamespaces.obstacle()

const httpPort = 18_923
const clean: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step()
})

/** Three servers, each on a host of its own; a fourth one is configured on the last host, and not started. */
function start(quorum: 'none' | 'majority') {
  const namespaces = new NetworkNamespaces(3)
  const directory = mkdtempSync(join(tmpdir(), 'ring-cut-'))
  clean.push(() => rmSync(directory, { recursive: true, force: true }))
  clean.push(() => namespaces.remove())
  const configuration = join(directory, 'ring.json')
  const content = {
    GLOBAL: { FILEVERSION: 1, GROUP: 'cut', DELIVERMODE: 'hash', PORT: 8020, CTLPORT: 8021 },
    RING: { QUORUM: quorum, STATEDIR: '%n/state', RUNTIMEDIR: '%n', HTTPPORT: httpPort },
    SVRNODE: [
      ...namespaces.hosts.map(({ address }) => ({ NAME: address })),
      { NAME: namespaces.hosts[2]!.address, PORT: 8030, CTLPORT: 8031 },
    ],
    SLVNODE: [{ NAME: '[.]*', CTLPORT: 8022 }],
  }
  writeFileSync(configuration, JSON.stringify(content))
  const daemon = (host: number, ...args: readonly string[]): DaemonProcess => {
    const started = new DaemonProcess(['run', '--config', configuration, ...args], {}, namespaces.on(host))
    clean.push(async () => {
      started.signal('SIGKILL')
      await started.ended
    })
    return started
  }
  const daemons = namespaces.hosts.map((_, host) => daemon(host, '--ctlport', '8021'))
  return { namespaces, daemons, daemon }
}

interface Readiness {
  readonly ready: boolean
  readonly delivery: string
  readonly group: { readonly primary?: boolean; readonly nonPrimary?: boolean; readonly missing?: readonly string[] }
  readonly members: readonly string[]
}

function readiness(namespaces: NetworkNamespaces, host: number): Readiness {
  const ask = `fetch('http://127.0.0.1:${httpPort}/readyz').then((r) => r.text()).then((t) => process.stdout.write(t))`
  const [command, ...prefix] = namespaces.on(host)
  return JSON.parse(execFileSync(command!, [...prefix, process.execPath, '-e', ask], { encoding: 'utf8' })) as Readiness
}

/** Longer than a join takes by far: that nothing happens cannot be waited for. */
function aWhile(): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('not in'), 4_000))
}

const [first, second, third] = ['192.0.2.1:8021', '192.0.2.2:8021', '192.0.2.3:8021']
const late = '192.0.2.3:8031'

describe.skipIf(obstacle !== undefined)(`a real network that is cut${because(obstacle)}`, () => {
  it('F4: the side with a quorum goes on, the other commits nothing, and both are one again (QUORUM = majority)', async () => {
    const { namespaces, daemons, daemon } = start('majority')
    await Promise.all(daemons.map((one) => one.event('node.ready')))
    await Promise.all(daemons.map((one) => one.event('view.installed', hasMembers(3))))
    namespaces.cut(2)
    await daemons[0]!.event('view.installed', hasMembers(2))
    const goesOn = readiness(namespaces, 0)
    expect(goesOn.members.toSorted()).toEqual([first, second])
    expect(goesOn.group).toMatchObject({ primary: true, nonPrimary: false })
    await daemons[2]!.event('group.non-primary')
    const alone = readiness(namespaces, 2)
    expect(alone.members).toHaveLength(3)
    expect(alone.group).toMatchObject({ primary: false, nonPrimary: true })
    // K4: it serves nobody any more, however it is asked.
    expect(alone).toMatchObject({ ready: false, delivery: 'no-quorum' })
    expect(goesOn).toMatchObject({ ready: true, delivery: 'open' })
    expect(alone.group.missing).toEqual(expect.arrayContaining([first, second]))
    // A newcomer on the side without a quorum is not let in, and is when the cut is over.
    const newcomer = daemon(2, '--host', '192.0.2.3', '--ctlport', '8031', '--http-port', '18924')
    await newcomer.event('node.started')
    const isIn = newcomer.event('view.installed', hasMembers(4))
    expect(
      await Promise.race([isIn.then(() => 'in'), newcomer.event('node.ready').then(() => 'ready'), aWhile()]),
    ).toBe('not in')
    namespaces.mend(2)
    await daemons[2]!.event('member.rejoin')
    await Promise.all([isIn, daemons[0]!.event('view.installed', hasMembers(4))])
    expect(readiness(namespaces, 2).members.toSorted()).toEqual([first, second, third, late])
  }, 90_000)

  it('B5: both sides live on, say no primary, and are one again, told who came from which side (QUORUM = none)', async () => {
    const { namespaces, daemons } = start('none')
    await Promise.all(daemons.map((one) => one.event('node.ready')))
    await Promise.all(daemons.map((one) => one.event('view.installed', hasMembers(3))))
    namespaces.cut(2)
    await Promise.all([
      daemons[0]!.event('view.installed', hasMembers(2)),
      daemons[1]!.event('view.installed', hasMembers(2)),
      daemons[2]!.event('view.installed', hasMembers(1)),
    ])
    for (const host of [0, 2]) expect(readiness(namespaces, host).group.primary).toBe(false)
    expect(readiness(namespaces, 0).members.toSorted()).toEqual([first, second])
    expect(readiness(namespaces, 2).members).toEqual([third])
    namespaces.mend(2)
    const merges = await Promise.all(daemons.map((one) => one.event('group.merged')))
    for (const { sides } of merges) {
      const members = (sides as readonly { readonly members: readonly string[] }[]).map((side) =>
        side.members.toSorted(),
      )
      expect(members).toEqual([[first, second], [third]])
    }
    await Promise.all(daemons.map((one) => one.event('view.installed', hasMembers(3))))
  }, 90_000)
})
