import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { attachProgram } from '@ring/messaging'
import { freshPorts } from '@ring/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { readTls } from '../access/tls-files.ts'
import { readSettings } from '../index.ts'
import { DaemonProcess, freshPort, fromSource, hasMembers } from './daemon-process.ts'
import { because } from './skip-reason.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((entries) => entries?.some((one) => one.address === '::1'))
const noIpv6 = because(hasIpv6 ? undefined : 'this machine has no IPv6 loopback')

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const noOpenssl = because(hasOpenssl ? undefined : 'there is no openssl here')

const clean: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step()
})

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ring-net-'))
  clean.push(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function daemon(...args: ConstructorParameters<typeof DaemonProcess>): DaemonProcess {
  const started = new DaemonProcess(...args)
  clean.push(async () => {
    started.signal('SIGTERM')
    await started.ended
  })
  return started
}

/** The second server has ENDPOINTS where nobody listens, and SELFCTLPORT names the first one. */
function sampleFile(): { file: string; ctlPorts: readonly number[] } {
  const [portA, ctlA, portB, ctlB, nobody, nobodyElse] = Array.from({ length: 6 }, freshPort)
  const file = join(folder(), 'server.ini')
  const lines = [
    '[GLOBAL]',
    'FILEVERSION = 7',
    'DATE = Sat, 21 Nov 2026 10:00:00 +0900',
    `GROUP = ORDERS${ctlA}`,
    'MODE = SERVER',
    'DELIVERMODE = hash',
    'REPLICA = 1',
    `SELFCTLPORT = ${ctlA}`,
    'SSL = no',
    '[SVRNODE]',
    'NAME = localhost',
    `PORT = ${portA}`,
    `CTLPORT = ${ctlA}`,
    '[SVRNODE]',
    'NAME = 127.0.0.1',
    `PORT = ${portB}`,
    `CTLPORT = ${ctlB}`,
    `ENDPOINTS = 127.0.0.1:${nobody}`,
    `CTLENDPOINTS = 127.0.0.1:${nobodyElse}`,
    '[SLVNODE]',
    'NAME = [.]*',
    'CTLPORT = 9022',
    '',
  ]
  writeFileSync(file, lines.join('\n'))
  return { file, ctlPorts: [ctlA!, ctlB!] }
}

describe('networks as they are', () => {
  it('A1: ENDPOINTS where nobody listens: the servers find each other at NAME:PORT, in both ways to start them', async () => {
    const { file, ctlPorts } = sampleFile()
    const environment = { XDG_RUNTIME_DIR: folder() }
    const one = daemon(['run', '--config', file, '--ctlport', String(ctlPorts[0])], environment)
    const two = daemon(['-conf', file, '-ctlport', String(ctlPorts[1]), '-d', 'info'], environment)
    await one.event('view.installed', hasMembers(2))
    await two.event('view.installed', hasMembers(2))
    await two.event('node.ready')
  })

  it.skipIf(!hasIpv6)(`A1: a ring on IPv6: servers, a slave, and a request through them${noIpv6}`, async () => {
    const directory = folder()
    const servers = Array.from({ length: 2 }, () => ({ NAME: '::1', PORT: freshPort(), CTLPORT: freshPort() }))
    const slave = freshPort()
    const file = join(directory, 'ring.json')
    const content = {
      GLOBAL: { FILEVERSION: 1, GROUP: 'six', DELIVERMODE: 'hash' },
      RING: { RUNTIMEDIR: '%n' },
      SVRNODE: servers,
      SLVNODE: [{ NAME: '[.]*', CTLPORT: slave }],
    }
    writeFileSync(file, JSON.stringify(content))
    const start = (ctlPort: number) => daemon(['run', '--config', file, '--ctlport', String(ctlPort)])
    const nodes = servers.map(({ CTLPORT }) => start(CTLPORT))
    await nodes[0]!.event('view.installed', hasMembers(2))
    const told = await Promise.all([...nodes, start(slave)].map((node) => node.event('node.started')))
    expect(told[0]).toMatchObject({ node: `[::1]:${servers[0]!.CTLPORT}` })
    const attach = (at: number, role: 'server' | 'client') =>
      attachProgram({
        runtimeDirectory: String(told[at]!['runtimeDirectory']),
        role,
        name: role,
        ...(role === 'server' && { handler: (request: { readonly body: Uint8Array }) => request.body }),
      })
    for (const at of [0, 1]) {
      const program = await attach(at, 'server')
      clean.push(() => program.close())
    }
    const client = await attach(2, 'client')
    clean.push(() => client.close())
    expect(Buffer.from(await client.request('a key', Buffer.from('six'), { idempotent: true })).toString()).toBe('six')
  })
})

describe('ring-node init', () => {
  it.each(['yaml', 'ini', 'json'])(
    'F1: what it writes (%s) and prints makes a ring when it is pasted',
    async (form) => {
      const directory = folder()
      // A shell finds `ring-node` as it does after an installation.
      const words = [process.execPath, ...fromSource].map((word) => `'${word}'`)
      writeFileSync(join(directory, 'ring-node'), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 })
      const path = `${directory}${delimiter}${process.env['PATH'] ?? ''}`
      const environment = { PATH: path, XDG_RUNTIME_DIR: directory }
      const port = String(freshPorts(50))
      const init = new DaemonProcess([
        'init',
        '--port',
        port,
        '--form',
        form,
        '--dir',
        join(directory, 'my ring'),
        '--group',
        form,
      ])
      const { code, stdout } = await init.ended
      expect(code).toBe(0)
      expect(statSync(join(directory, 'my ring', 'ring.key')).mode & 0o777).toBe(0o600)
      const key = readFileSync(join(directory, 'my ring', 'ring.key'), 'utf8')
      expect(key).toMatch(/^[0-9a-f]{64}$/m)
      expect(stdout).not.toContain(/^[0-9a-f]{64}$/m.exec(key)![0])
      const commands = stdout.split('\n').filter((line) => line.startsWith('  ring-node run '))
      expect(commands).toHaveLength(4)
      const nodes = commands.map((command) => daemon([], environment, ['sh', '-c', `exec ${command.trim()}`, 'sh']))
      await nodes[0]!.event('view.installed', hasMembers(3))
      await Promise.all(nodes.map((node) => node.event('node.ready')))
      const own = nodes.map((node) => node.event('health.listening'))
      expect(new Set((await Promise.all(own)).map(({ port }) => port)).size).toBe(4)
      const [ask, curl] = stdout.trimEnd().split('\n').slice(-2)
      const status = daemon([], environment, ['sh', '-c', `exec ${ask!.trim()}`, 'sh'])
      expect(await status.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^state +ready/m) as string })
      expect((await fetch(/http:.*$/.exec(curl!)![0])).status).toBe(200)
      expect(readdirSync(join(directory, 'my ring')).sort()).toEqual([
        ...['ring.key', `ring.${form}`].sort(),
        'run',
        'state',
      ])
      const nowhere = await new DaemonProcess(['init', '--dir', join('/dev', 'null', 'ring')]).ended
      expect(nowhere.stderr).toMatch(/cannot be made: .*Give another --dir/)
      const again = await new DaemonProcess(['init', '--form', form, '--dir', join(directory, 'my ring')]).ended
      expect(again).toMatchObject({ code: 78, stderr: expect.stringContaining('another --dir') as string })
      expect(readFileSync(join(directory, 'my ring', 'ring.key'), 'utf8')).toBe(key)
    },
  )

  it.skipIf(!hasOpenssl)(`F1: for hosts with TLS: a folder for each, in which a node starts${noOpenssl}`, async () => {
    const directory = join(folder(), 'ring')
    const args = ['init', '--tls', '--host', '127.0.0.1', 'localhost', '--dir', directory]
    const told = await new DaemonProcess(args).ended
    expect(told).toMatchObject({ code: 0, stderr: '' })
    // A host may have a server and a slave.
    expect(told.stdout).toMatch(/--ctlport 8022 --http-port 8024\n/)
    expect(told.stdout).toMatch(/Warning: two servers\..*QUORUM = none.*Three servers/s)
    expect(readdirSync(directory).sort()).toEqual(['127.0.0.1', 'authority', 'localhost', 'slave'])
    for (const name of ['ring.key', 'tls/node.key'])
      expect(statSync(join(directory, 'localhost', name)).mode & 0o777, name).toBe(0o600)
    const settings = await readSettings({ configuration: join(directory, 'localhost', 'ring.yaml'), ctlPort: 8022 })
    expect(settings.httpPort).toBe(8023)
    expect(settings.runtimeDirectory).toMatch(/localhost\/run\/[^/]+-8022$/)
    const material = await readTls(settings.configuration, settings.self, Date.now())
    expect(material?.certificates).toMatchObject([{ use: 'slave', subject: 'CN=localhost' }])
  })

  it('F1: what does not work out leaves nothing behind', async () => {
    const directory = folder()
    const environment = { PATH: join(directory, 'no openssl here') }
    const failed = await new DaemonProcess(['init', '--tls', '--dir', join(directory, 'ring')], environment).ended
    expect(failed).toMatchObject({ code: 78, stderr: expect.stringContaining('needs the openssl command') as string })
    expect(readdirSync(directory)).toEqual([])
  })

  it('ends with 2 where what it was asked for does not fit', async () => {
    for (const args of [
      ['--nodes', '2', '--host', 'a'],
      ['--nodes', '0'],
      ['--host', 'a b'],
      ['--group', 'a/b'],
      ['--form', 'toml'],
    ]) {
      expect(
        (await new DaemonProcess(['init', '--dir', join(folder(), 'x'), ...args]).ended).code,
        args.join(' '),
      ).toBe(2)
    }
  })
})
