import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { DaemonProcess, freshPort, hasMembers } from './daemon-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-discovery-'))
const clean: (() => unknown)[] = []

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let groups = 0

function freshGroup(): string {
  groups += 1
  return `found-${process.pid}-${groups}`
}

function start(args: readonly string[]): DaemonProcess {
  const daemon = new DaemonProcess(args, { XDG_RUNTIME_DIR: directory })
  clean.push(async () => {
    daemon.signal('SIGKILL')
    await daemon.ended
  })
  return daemon
}

interface Place {
  readonly port: number
  readonly ctlPort: number
}

const freshPlaces = (count: number): readonly Place[] =>
  Array.from({ length: count }, () => ({ port: freshPort(), ctlPort: freshPort() }))

/** A node without a file, as in the recipes of the README. */
function node(group: string, { port, ctlPort }: Place, flags: readonly string[]): DaemonProcess {
  const place = ['--ctlport', `${ctlPort}`, '--port', `${port}`, '--bind', '127.0.0.1']
  return start(['run', '--group', group, ...place, ...flags])
}

/** Three at once; `flags` may differ from one to the other. */
async function formsRingOfThree(
  flagsOf: (place: Place) => readonly string[],
  places = freshPlaces(3),
): Promise<readonly DaemonProcess[]> {
  const group = freshGroup()
  const nodes = places.map((place) => node(group, place, flagsOf(place)))
  await Promise.all(nodes.map((one) => one.event('view.installed', hasMembers(3))))
  return nodes
}

async function gossipRouter(port: number): Promise<DaemonProcess> {
  const router = start(['gossip-router', '--port', `${port}`])
  await router.event('gossip.listening')
  return router
}

/** The one of the README's recipe. */
async function nameServer(ports: readonly number[]): Promise<string> {
  const listenPort = freshPort()
  const script = join(import.meta.dirname, '../../../../examples/dns/name-server.mjs')
  const server = spawn(process.execPath, [script, `${listenPort}`, ...ports.map(String)])
  clean.push(() => server.kill())
  await once(server.stdout, 'data')
  return `127.0.0.1:${listenPort}`
}

describe('B2: nodes that are told how to find each other form a ring', () => {
  it('B2: ping', async () => {
    const multicast = ['--multicast', `239.192.81.71:${freshPort()}`]
    const [first] = await formsRingOfThree(() => ['--discovery', 'ping', ...multicast])
    expect(first!.child.exitCode).toBeNull()
  })

  it('B2: mping', async () => {
    await formsRingOfThree(() => ['--discovery', 'mping', '--multicast', `239.192.81.72:45872`])
  })

  it('B2: tcpping, with a list of servers', async () => {
    const places = freshPlaces(3)
    const content = {
      GLOBAL: { FILEVERSION: 1, GROUP: freshGroup(), DELIVERMODE: 'hash' },
      SVRNODE: places.map(({ port, ctlPort }) => ({ NAME: '127.0.0.1', PORT: port, CTLPORT: ctlPort })),
      SLVNODE: [{ NAME: 'localhost' }],
    }
    const file = join(directory, 'tcpping.json')
    writeFileSync(file, JSON.stringify(content))
    const nodes = places.map(({ ctlPort }) =>
      start(['run', '--config', file, '--ctlport', `${ctlPort}`, '--discovery', 'tcpping']),
    )
    await Promise.all(nodes.map((one) => one.event('view.installed', hasMembers(3))))
  })

  it('B2: tcpgossip, and all register again with a router that was restarted', async () => {
    const port = freshPort()
    const router = await gossipRouter(port)
    const group = freshGroup()
    const flags = ['--discovery', 'tcpgossip', '--routers', `127.0.0.1:${port}`]
    const [first, ...others] = freshPlaces(4)
    const nodes = others.map((place) => node(group, place, flags))
    await Promise.all(nodes.map((one) => one.event('view.installed', hasMembers(3))))
    router.signal('SIGTERM')
    expect((await router.ended).code).toBe(0)
    await Promise.all(nodes.map((one) => one.event('gossip.router-lost')))
    await gossipRouter(port)
    await Promise.all(nodes.map((one) => one.event('gossip.router-found')))
    const late = node(group, first!, flags)
    await late.event('view.installed', hasMembers(4))
  })

  it('B2: tcpgossip with a router that one of the nodes hosts', async () => {
    const routerPort = freshPort()
    let count = 0
    await formsRingOfThree(() => {
      count += 1
      const host = count === 1 ? ['--router-port', `${routerPort}`] : []
      return ['--discovery', 'tcpgossip', '--routers', `127.0.0.1:${routerPort}`, ...host]
    })
  })

  it('B2: dns, by SRV records', async () => {
    const places = freshPlaces(3)
    const server = await nameServer(places.map(({ port }) => port))
    const query = ['--dns-query', '_ring._tcp.test', '--dns-type', 'SRV', '--dns-server', server]
    await formsRingOfThree(() => ['--discovery', 'dns', ...query], places)
  })

  it('B2: a slave finds them as well', async () => {
    const group = freshGroup()
    const [first, second] = freshPlaces(2)
    const flags = ['--discovery', 'ping', '--multicast', `239.192.81.71:${freshPort()}`]
    const server = node(group, first!, flags)
    await server.event('node.ready')
    const slave = node(group, second!, [...flags, '--slave'])
    expect(await slave.event('node.started')).toMatchObject({ role: 'slave' })
    await slave.event('view.installed', hasMembers(1))
  })

  it('B1: the first one alone has its view (within half a second of virtual time: the simulation of multicast runs)', async () => {
    const [place] = freshPlaces(1)
    const alone = node(freshGroup(), place!, ['--discovery', 'ping', '--multicast', `239.192.81.71:${freshPort()}`])
    await alone.event('view.installed', hasMembers(1))
    await alone.event('node.ready')
  })
})

describe('B2: what cannot work is said before anything is opened', () => {
  const failing = async (...flags: readonly string[]) => {
    const [place] = freshPlaces(1)
    const { code, stderr } = await node(freshGroup(), place!, flags).ended
    return { code, stderr }
  }

  it('B2: settings that are missing, and a list that is not there', async () => {
    const complaints = [
      [['--discovery', 'tcpgossip'], /ROUTERS/],
      [['--discovery', 'dns'], /DNSQUERY/],
      [['--discovery', 'tcpping'], /\[SVRNODE\]/],
      [['--multicast', '10.0.0.1:1'], /no multicast/],
    ] as const
    for (const [flags, complaint] of complaints) expect((await failing(...flags)).stderr).toMatch(complaint)
    expect(await failing('--discovery', 'pong')).toMatchObject({ code: 2 })
  })

  it('B2: a majority of nobody in particular', async () => {
    const text = JSON.stringify({
      GLOBAL: { GROUP: 'g', FILEVERSION: 1, DELIVERMODE: 'hash' },
      RING: { QUORUM: 'majority', STATEDIR: directory, DISCOVERY: 'ping' },
    })
    const { code, stderr } = await start(['run', '--config', text, '--ctlport', `${freshPort()}`]).ended
    expect(code).toBe(78)
    expect(stderr).toMatch(/List them in \[SVRNODE\]/)
  })
})
