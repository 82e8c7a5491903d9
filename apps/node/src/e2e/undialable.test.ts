import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { DaemonProcess, hasMembers, type LogLine } from './daemon-process.ts'
import { NetworkNamespaces } from './network-namespaces.ts'
import { because } from './skip-reason.ts'

const obstacle = NetworkNamespaces.obstacle()

const port = 9020
const ctlPort = 9021
const clean: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step()
})

/** Three machines, and a fourth for what they may need; nobody can dial the first one. */
function machines() {
  const namespaces = new NetworkNamespaces(4)
  clean.push(() => namespaces.remove())
  const directory = mkdtempSync(join(tmpdir(), 'ring-shut-'))
  clean.push(() => rmSync(directory, { recursive: true, force: true }))
  const keyFile = join(directory, 'ring.key')
  writeFileSync(keyFile, `${'k'.repeat(43)}\n`, { mode: 0o600 })
  namespaces.shut(0, port)
  const run = (host: number, args: readonly string[]) => {
    const daemon = new DaemonProcess(args, {}, namespaces.on(host))
    clean.push(async () => {
      daemon.signal('SIGKILL')
      await daemon.ended
    })
    return daemon
  }
  const addresses = namespaces.hosts.map(({ address }) => address)
  const start = (host: number, flags: readonly string[]) => {
    const place = ['--ctlport', `${ctlPort}`, '--runtime-dir', join(directory, `${host}`)]
    return run(host, ['run', ...place, ...flags])
  }
  return { namespaces, directory, keyFile, addresses, run, start }
}

type Machines = ReturnType<typeof machines>

const unlisted = ({ addresses, keyFile }: Machines, host: number, protocol: string) => [
  ...[
    '--group',
    'shut',
    '--group-key-file',
    keyFile,
    '--host',
    addresses[host]!,
    '--port',
    `${port}`,
    '--discovery',
    protocol,
  ],
]

/** How a node is started with each discovery; what it needs runs on the fourth machine. */
const protocols: Readonly<Record<string, (given: Machines) => Promise<(host: number) => readonly string[]>>> = {
  ping: (given) => Promise.resolve((host) => unlisted(given, host, 'ping')),
  mping: (given) => Promise.resolve((host) => unlisted(given, host, 'mping')),
  tcpgossip: async (given) => {
    const router = given.run(3, ['gossip-router', '--bind', '0.0.0.0', '--port', '12001'])
    await router.event('gossip.listening')
    return (host) => [...unlisted(given, host, 'tcpgossip'), '--routers', `${given.addresses[3]!}:12001`]
  },
  dns: async (given) => {
    const [command, ...prefix] = given.namespaces.on(3)
    const program = join(import.meta.dirname, 'name-server-process.ts')
    const node = [process.execPath, '--import', 'tsx', program, given.addresses[3]!, ...given.addresses.slice(0, 3)]
    const server = spawn(command!, [...prefix, ...node], { stdio: ['ignore', 'pipe', 'inherit'] })
    clean.push(() => void server.kill())
    await once(server.stdout, 'data')
    const query = ['--dns-query', 'ring.test', '--dns-server', `${given.addresses[3]!}:5353`]
    return (host) => [...unlisted(given, host, 'dns'), ...query]
  },
  tcpping: (given) => {
    const file = join(given.directory, 'ring.json')
    const servers = given.addresses.slice(0, 3).map((NAME) => ({ NAME, PORT: port, CTLPORT: ctlPort }))
    const ring = { GROUPKEYFILE: given.keyFile }
    const content = { GLOBAL: { FILEVERSION: 1, GROUP: 'shut', DELIVERMODE: 'hash' }, RING: ring, SVRNODE: servers }
    writeFileSync(file, JSON.stringify({ ...content, SLVNODE: [{ NAME: '[.]*', CTLPORT: ctlPort }] }))
    return Promise.resolve(() => ['--config', file])
  },
}

describe.skipIf(obstacle !== undefined)(
  `B2: the first server can dial and cannot be dialled${because(obstacle)}`,
  () => {
    it.each(Object.keys(protocols))('%s: the others become a ring without it, and it hears why', async (protocol) => {
      const given = machines()
      const flagsOf = await protocols[protocol]!(given)
      const first = given.start(0, flagsOf(0))
      await first.event('view.installed', hasMembers(1))
      const others = [1, 2].map((host) => given.start(host, flagsOf(host)))
      const { addresses } = given
      const isRing = ({ members }: LogLine) =>
        Array.isArray(members) &&
        members.length === 2 &&
        members.every((name) => !String(name).includes(`${addresses[0]!}:`))
      await Promise.all(others.map((node) => node.event('view.installed', isRing)))
      await Promise.all(others.map((node) => node.event('node.ready')))
      expect(await first.event('node.undialable')).toMatchObject({
        why: 'unreachable',
        address: `${addresses[0]!}:${port}`,
      })
      await first.event('node.not-ready')
      given.namespaces.unshut(0)
      await Promise.all([first, ...others].map((node) => node.event('view.installed', hasMembers(3))))
    })
  },
)
