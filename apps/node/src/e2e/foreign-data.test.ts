import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { askControl, readDumpReply } from '@ring/control-protocol'
import { dataService, serveData } from '@ring/merge'
import { MemoryStore } from '@ring/merge/memory-store'
import { attachProgram, type Program } from '@ring/messaging'
import { afterEach, describe, expect, it } from 'vitest'
import { type DaemonProcess, hasMembers, RingFiles } from './daemon-process.ts'
import { because } from './skip-reason.ts'

const script = fileURLToPath(new URL('../../../../examples/python/keep.py', import.meta.url))
const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']).status === 0
const noPython = because(python ? undefined : 'there is no python3 of 3.10 or newer here')
const host = '127.0.0.1'
const toEnd: (() => unknown)[] = []

afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end()
})

/** Daemons that an operator takes in and out, with programs that keep keys in memory. */
class KeepingRing {
  readonly files = new RingFiles(3, {}, 'hash', { DOMERGE: 'yes', AUTOMERGE: 'no', REPLICA: 0 })

  constructor() {
    toEnd.push(() => this.files.remove())
  }

  /** @returns the runtime directory of each, once they have one view */
  async start(servers: readonly number[], members: number): Promise<readonly string[]> {
    const daemons = servers.map((at) => this.files.server(at))
    for (const { child, ended } of daemons) toEnd.push(() => (child.kill('SIGKILL'), ended))
    return Promise.all(daemons.map((daemon) => this.#started(daemon, members)))
  }

  async #started(daemon: DaemonProcess, members: number): Promise<string> {
    const directory = this.files.runtimeDirectory(await daemon.event('node.started'))
    await daemon.event('view.installed', hasMembers(members))
    await daemon.event('node.ready')
    return directory
  }

  name(server: number): string {
    return `${host}:${this.files.servers[server]!.ctlPort}`
  }

  ask(command: string, server = 0): Promise<string> {
    return askControl({ host, port: this.files.servers[server]!.ctlPort, command, timeoutMs: 600_000 })
  }

  /** Commands that succeed, one after the other, at this server. */
  async operate(server: number, ...commands: readonly string[]): Promise<void> {
    for (const command of commands)
      expect([command, await this.ask(`${command} WAIT`, server)]).toEqual([command, expect.stringMatching(/^SUCCEED/)])
  }

  /** Until a server says that it has copied so many items in the merge that is under way. */
  async untilCopied(server: number, count: number): Promise<void> {
    const copied = async () => {
      const { progress = [] } = readDumpReply(await this.ask('DUMP JSON')).ring?.merge ?? {}
      return progress.find((one) => one.server === this.name(server))?.items ?? 0
    }
    while ((await copied()) < count);
  }
}

async function keepInPython(runtimeDirectory: string): Promise<void> {
  const child: ChildProcess = spawn('python3', ['-B', script, runtimeDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  toEnd.push(() => child.kill('SIGKILL'))
  await new Promise<void>((resolve, reject) => {
    child.stdout!.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`keep.py ended with ${code}`)))
  })
}

async function keepHere(runtimeDirectory: string): Promise<MemoryStore> {
  const store = new MemoryStore()
  const data = { service: dataService, handler: serveData(store) }
  await attached({ runtimeDirectory, role: 'server', name: 'keeper data', ...data })
  await attached({
    ...{ runtimeDirectory, role: 'server', name: 'keeper' },
    handler: ({ key, body }) => {
      if (body.length === 1 && body[0] === 0) store.delete(key)
      else if (body.length > 0) store.set(key, body)
      return store.get(key) ?? ''
    },
  })
  return store
}

async function attached(options: Parameters<typeof attachProgram>[0]): Promise<Program> {
  const program = await attachProgram(options)
  toEnd.push(() => program.close({ drainMs: 0 }))
  return program
}

/** Some short, one longer than a frame, some removed again while copies of them are about. */
const values = new Map(Array.from({ length: 400 }, (_, at) => [`key ${at} é`, `value ${at} `.repeat(1 + (at % 40))]))
values.set('large', 'large '.repeat(50_000))

async function found(client: Program): Promise<Map<string, string>> {
  const all = [...values.keys()].map(
    async (key) => [key, Buffer.from(await client.request(key, '')).toString()] as const,
  )
  return new Map(await Promise.all(all))
}

describe.runIf(python)(`F7, A10: data that moves, kept by a program in another language${noPython}`, () => {
  it('follows its keys between Python and Node: a server comes, one of each goes, and every key is there', async () => {
    const ring = new KeepingRing()
    const [first, second] = await ring.start([0, 1], 2)
    const store = await keepHere(first!)
    await keepInPython(second!)
    await ring.operate(0, 'SERVICEIN')
    await ring.operate(1, 'SERVICEIN')
    await ring.operate(0, 'MERGE', 'COMPMERGE')
    const client = await attached({ runtimeDirectory: first!, role: 'client', name: 'client' })
    await Promise.all([...values].map(([key, value]) => client.request(key, value)))
    expect(store.size).toBeLessThan(values.size)

    const [third] = await ring.start([2], 3)
    await keepInPython(third!)
    await ring.operate(2, 'SERVICEIN', 'MERGE')
    await ring.untilCopied(2, 50)
    const removed = [...values.keys()].filter((_, at) => at % 5 === 0)
    await Promise.all(removed.map((key) => client.request(key, Uint8Array.of(0))))
    const written = removed.filter((_, at) => at % 2 === 0)
    await Promise.all(written.map((key) => client.request(key, 'written again')))
    for (const key of removed) values.set(key, written.includes(key) ? 'written again' : '')
    await ring.operate(0, 'COMPMERGE')
    expect(await found(client)).toEqual(values)

    // First who keeps in Python, then who keeps in Node: what they had is with the newcomer.
    for (const server of [1, 0]) {
      await ring.operate(2, `SERVICEOUT ${ring.name(server)}`, 'MERGE', 'COMPMERGE')
      expect(await found(client)).toEqual(values)
    }
    expect(store.size).toBe(0)
  })
})
