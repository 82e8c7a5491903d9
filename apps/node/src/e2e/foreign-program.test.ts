import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RingNode, startNode } from '../index.ts'
import { freshPort } from './daemon-process.ts'
import { because } from './skip-reason.ts'

const examples = fileURLToPath(new URL('../../../../examples/python/', import.meta.url))
const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']).status === 0
const noPython = because(python ? undefined : 'there is no python3 of 3.10 or newer here')

const run = promisify(execFile)
const directory = mkdtempSync(join(tmpdir(), 'ring-python-'))
const nodes: RingNode[] = []
const children: ChildProcess[] = []

afterAll(async () => {
  for (const node of nodes.reverse()) await node.stop()
  rmSync(directory, { recursive: true, force: true })
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Two servers and a slave in this process; returns the slave's and the first server's runtime directory. */
async function ring(placement: 'ring' | 'chmpx'): Promise<{ slave: RingNode; servers: RingNode[] }> {
  const ports = [1, 2].map(() => ({ NAME: '127.0.0.1', PORT: freshPort(), CTLPORT: freshPort() }))
  const slavePort = freshPort()
  const configuration = JSON.stringify({
    GLOBAL: { FILEVERSION: 1, GROUP: `python-${slavePort}`, DELIVERMODE: 'hash' },
    RING: { RUNTIMEDIR: join(directory, '%n'), PLACEMENT: placement },
    SVRNODE: ports,
    SLVNODE: [{ NAME: '[.]*', CTLPORT: slavePort }],
  })
  const started = []
  for (const ctlPort of [...ports.map(({ CTLPORT }) => CTLPORT), slavePort]) {
    started.push(await startNode({ configuration, ctlPort }))
    nodes.push(started.at(-1)!)
  }
  await Promise.all(started.map((node) => node.ready()))
  const [slave, ...servers] = started.reverse()
  return { slave: slave!, servers }
}

const python3 = (script: string, ...args: string[]) => run('python3', ['-B', join(examples, script), ...args])

describe.runIf(python)(`F7: a program in another language, by docs/protocol.md${noPython}`, () => {
  let slave: RingNode
  let servers: RingNode[]

  beforeAll(async () => {
    ;({ slave, servers } = await ring('ring'))
  })

  it('asks with a key, reaches the server of the key, and gets the reply', async () => {
    const programs = servers.map((node) => node.embed({ role: 'server', name: 'say' }))
    for (const [index, program] of programs.entries()) {
      program.serve(({ body }) => new TextEncoder().encode(`${servers[index]!.name} ${new TextDecoder().decode(body)}`))
    }
    const client = slave.embed({ role: 'client', name: 'compare' })
    for (const key of ['a', 'customer 42', 'clé', '鍵', '', 'x'.repeat(1024)]) {
      const { stdout } = await python3('ask.py', slave.settings.runtimeDirectory, key, 'hello')
      const expected = new TextDecoder().decode(await client.request(key, new TextEncoder().encode('hello')))
      expect(stdout).toBe(`${expected}\n`)
    }
    for (const program of [...programs, client]) await program.close()
  })

  it('is told a failure with its kind', async () => {
    const failing = servers.map((node) => node.embed({ role: 'server', name: 'fail' }))
    for (const program of failing) {
      program.serve(() => {
        throw new Error('no such customer')
      })
    }
    const failed = await python3('ask.py', slave.settings.runtimeDirectory, 'a', 'hello').catch(
      (error: unknown) => error,
    )
    expect(failed).toMatchObject({ code: 1, stderr: 'ask.py: MaybeDelivered: handler-failed no such customer\n' })
    for (const program of failing) await program.close()
    const nobody = await python3('ask.py', slave.settings.runtimeDirectory, 'a', 'hello').catch(
      (error: unknown) => error,
    )
    expect(nobody).toMatchObject({ code: 1, stderr: 'ask.py: NotDelivered: no-program\n' })
  })

  it('answers requests and one-way messages of programs of this language', async () => {
    for (const node of servers) {
      const child = spawn('python3', ['-B', join(examples, 'answer.py'), node.settings.runtimeDirectory])
      children.push(child)
      await new Promise<void>((resolve, reject) => {
        child.stdout.once('data', () => {
          resolve()
        })
        child.once('exit', (code) => {
          reject(new Error(`answer.py ended with ${code}`))
        })
      })
    }
    const client = slave.embed({ role: 'client', name: 'ask' })
    for (const key of ['a', 'b', 'c', 'd']) {
      const reply = await client.request(key, new TextEncoder().encode(`shout ${key}`))
      expect(new TextDecoder().decode(reply)).toBe(`SHOUT ${key.toUpperCase()}`)
    }
    await client.send('a', new TextEncoder().encode('quiet'))
    const large = 'a'.repeat(200_000)
    expect(Buffer.from(await client.request('a', large)).toString()).toBe(large.toUpperCase())
    await client.close()
  })

  it("routes by CHMPX's hash where the ring does", async () => {
    const other = await ring('chmpx')
    for (const node of other.servers) {
      node.embed({ role: 'server', name: 'who' }).serve(() => new TextEncoder().encode(node.name))
    }
    const client = other.slave.embed({ role: 'client', name: 'compare' })
    for (const key of ['a', 'b', 'clé', '鍵', 'customer 42']) {
      const { stdout } = await python3('ask.py', other.slave.settings.runtimeDirectory, key, '?')
      expect(stdout.trim()).toBe(new TextDecoder().decode(await client.request(key, new Uint8Array(0))))
    }
  })
})
