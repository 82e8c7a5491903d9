import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askControl, readAllStatus, readDump, readSelfStatus, stateText } from '@ring/control-protocol'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type RingNode, silent, startNode } from '../index.ts'
import { freshPort } from './daemon-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-control-test-'))
const running: RingNode[] = []

afterAll(() => rmSync(directory, { recursive: true, force: true }))

afterEach(async () => {
  for (const node of running.splice(0).reverse()) await node.stop()
})

const host = '127.0.0.1'

class Ring {
  readonly ports: readonly { readonly PORT: number; readonly CTLPORT: number }[]
  readonly slavePort = freshPort()
  readonly #configuration: string

  constructor(servers: number, settings: Readonly<Record<string, unknown>>) {
    this.ports = Array.from({ length: servers }, () => ({ PORT: freshPort(), CTLPORT: freshPort() }))
    this.#configuration = JSON.stringify({
      GLOBAL: { FILEVERSION: 1, GROUP: `control-${this.slavePort}`, DELIVERMODE: 'hash', ...settings },
      RING: { RUNTIMEDIR: join(directory, '%n') },
      SVRNODE: this.ports.map((ports) => ({ NAME: host, ...ports })),
      SLVNODE: [{ NAME: '[.]*', CTLPORT: this.slavePort }],
    })
  }

  async start(ctlPort: number): Promise<RingNode> {
    const node = await startNode({ configuration: this.#configuration, ctlPort, logger: silent })
    running.push(node)
    await node.ready()
    return node
  }

  async all(): Promise<readonly RingNode[]> {
    return Promise.all([...this.ports.map(({ CTLPORT }) => CTLPORT), this.slavePort].map((port) => this.start(port)))
  }

  /** What a node answers to a command. */
  ask(command: string, at = 0): Promise<string> {
    const port = at < this.ports.length ? this.ports[at]!.CTLPORT : this.slavePort
    return askControl({ host, port, command, timeoutMs: 10_000 })
  }

  async states(at = 0): Promise<readonly string[]> {
    return readDump(await this.ask('DUMP', at)).servers.map(({ state }) => stateText(state).slice('SAFE -> '.length))
  }
}

const [out, pending, done, serving] = [
  '[SERVICE OUT][UP][n/a][Nothing][Suspend]',
  '[SERVICE IN][UP][ADD][Pending][Suspend]',
  '[SERVICE IN][UP][ADD][Done][Suspend]',
  '[SERVICE IN][UP][n/a][Nothing][Suspend]',
]

describe('the control port of a node', () => {
  it('A6, A8: by hand, with the commands of CHMPX, on servers and slaves', async () => {
    const ring = new Ring(2, { AUTOMERGE: 'no' })
    await ring.all()
    expect(await ring.states()).toEqual([out, out])
    expect(await ring.ask('SERVICEIN')).toBe('SUCCEED\n')
    expect(await ring.ask('servicein', 1)).toBe('SUCCEED\n')
    expect(await ring.states(1)).toEqual([pending, pending])
    expect(await ring.ask('SERVICEIN', 2)).toBe('ERROR: The command can not be executed on the slave node.\n')
    expect(await ring.ask('SERVICEIN')).toMatch(/^ERROR: Could not change status, because status is not allowed\./)
    expect(await ring.ask('COMPMERGE')).toMatch(/^ERROR: Could not change status, because some servers/)
    expect(await ring.ask('MERGE', 1)).toBe('SUCCEED\n')
    expect(await ring.states()).toEqual([done, done])
    expect(await ring.ask('COMPMERGE', 2)).toBe('SUCCEED\n')
    expect(await ring.states(1)).toEqual([serving, serving])
    const name = `${host}:${ring.ports[1]!.CTLPORT}`
    const plan = await ring.ask(`SERVICEOUT ${name} PLAN JSON`)
    expect(JSON.parse(plan)).toMatchObject({ ok: true, data: { partitions: 1024 } })
    expect(await ring.states()).toEqual([serving, serving])
    expect(await ring.ask(`SERVICEOUT ${name}`, 2)).toBe('SUCCEED\n')
    expect(await ring.ask('ABORTMERGE')).toBe('SUCCEED\n')
    expect(await ring.states()).toEqual([serving, serving])
    expect(await ring.ask('SERVICEOUT nowhere:1')).toMatch(/^ERROR: There is no such as server\./)
    expect(await ring.ask('SUSPENDMERGE')).toBe('SUCCEED\n')
    expect(readDump(await ring.ask('DUMP', 1)).isSuspended).toBe(true)
    expect(await ring.ask('NOSUSPENDMERGE', 1)).toBe('SUCCEED\n')
  })

  it('A6: tells of itself and of the others in the forms of CHMPX, slaves after the servers', async () => {
    const ring = new Ring(2, {})
    const [first] = await ring.all()
    const self = readSelfStatus(await ring.ask('SELFSTATUS'))
    expect(self).toMatchObject({ group: first!.settings.configuration.global.group })
    const all = readAllStatus(await ring.ask('ALLSTATUS'))
    expect(all.nodes.map(({ ctlport }) => ctlport).at(-1)).toBe(ring.slavePort)
    expect(await ring.ask('VERSION')).toMatch(/^Version \d+\.\d+\.\d+/)
    expect(await ring.ask('UPDATESTATUS')).toBe('SUCCEED\n')
    expect(await ring.ask('NONSENSE')).toMatch(/^Unknown command\(NONSENSE\)/)
    const json = JSON.parse(await ring.ask('DUMP JSON')) as { readonly dump: { readonly ring: object } }
    expect(json.dump.ring).toMatchObject({ quorum: { mode: 'none' } })
    const file = readFileSync(join(first!.settings.runtimeDirectory, 'control.json'), 'utf8')
    expect(JSON.parse(file)).toEqual({ host, port: ring.ports[0]!.CTLPORT, tls: false, pid: process.pid })
  })

  it('A6: a port that somebody has, or that is PORT as well, is an error that says so', async () => {
    const ring = new Ring(1, {})
    await ring.start(ring.ports[0]!.CTLPORT)
    const { CTLPORT } = ring.ports[0]!
    const other = {
      GLOBAL: { FILEVERSION: 1, GROUP: 'other', DELIVERMODE: 'hash' as const },
      RING: { RUNTIMEDIR: join(directory, 'o-%n') },
    }
    const slaves = { SLVNODE: [{ NAME: '[.]*', CTLPORT: freshPort() }] }
    const busy = { ...other, SVRNODE: [{ NAME: host, PORT: freshPort(), CTLPORT }], ...slaves }
    await expect(startNode({ configuration: busy, ctlPort: CTLPORT })).rejects.toMatchObject({ code: 'RING_PORT_BUSY' })
    const port = freshPort()
    const same = { ...other, SVRNODE: [{ NAME: host, PORT: port, CTLPORT: port }], ...slaves }
    await expect(startNode({ configuration: same, ctlPort: port })).rejects.toThrow(/PORT and CTLPORT of .* are both/)
  })
})
