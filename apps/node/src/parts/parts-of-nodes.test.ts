import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ControlProtocol, GroupRecord, ProposeOptions, StatePart } from '@ring/gms'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { freshPort } from '../e2e/daemon-process.ts'
import { type NodePart, type NodePartHost, type RingNode, silent, startNode } from '../index.ts'
import { nodeMetrics } from '../observe/metrics.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-parts-test-'))
const running: RingNode[] = []

afterAll(() => rmSync(directory, { recursive: true, force: true }))

afterEach(async () => {
  for (const node of running.splice(0).reverse()) await node.stop()
})

type Notes = Readonly<Record<string, string>>

/** Who wrote what last; what a server wrote goes with it. */
const notes: StatePart<Notes> = {
  name: 'notes',
  maxChars: 1_000,
  check: (own): own is Notes => typeof own === 'object' && own !== null,
  follow: (own = {}, { view }) =>
    Object.fromEntries(Object.entries(own).filter(([by]) => view.members.some(({ name }) => name === by))),
  apply: (own, body) => {
    const { by, text } = body as { readonly by?: unknown; readonly text?: unknown }
    if (typeof by !== 'string' || typeof text !== 'string') return { own, outcome: { refused: 'by whom, and what?' } }
    return { own: { ...own, [by]: text }, outcome: { before: own[by] ?? null } }
  },
}

class Noting implements NodePart {
  readonly name = 'notes'
  readonly state = notes
  readonly metrics = [{ name: 'ring_notes', kind: 'gauge' as const, help: 'Notes.', read: () => this.seen }]
  readonly heard: string[] = []
  seen = 0
  host!: NodePartHost

  start(host: NodePartHost): void {
    this.host = host
    const protocol: ControlProtocol<string> = {
      prefix: 'notes',
      decode: (value) => ({ message: (value as unknown as { readonly word: string }).word }),
      isForSlaves: () => true,
      onMessage: ({ name }, word) => void this.heard.push(`${name} ${word}`),
    }
    host.control.connect(protocol)
  }

  onRecord({ state }: GroupRecord): void {
    this.seen = Object.keys((state as { readonly notes?: Notes }).notes ?? {}).length
  }

  write(text: string, options?: ProposeOptions & { readonly id?: string }): Promise<unknown> {
    return this.host.propose({ by: this.host.name, text }, options)
  }
}

/** Two servers and a slave in this process, each with the part. */
async function ring(section: Readonly<Record<string, unknown>> = {}) {
  const ports = Array.from({ length: 2 }, () => ({ PORT: freshPort(), CTLPORT: freshPort() }))
  const slavePort = freshPort()
  const configuration = JSON.stringify({
    GLOBAL: { FILEVERSION: 1, GROUP: `parts-${slavePort}`, DELIVERMODE: 'hash' },
    RING: { RUNTIMEDIR: join(directory, '%n'), ...section },
    SVRNODE: ports.map((port) => ({ NAME: '127.0.0.1', ...port })),
    SLVNODE: [{ NAME: '[.]*', CTLPORT: slavePort }],
  })
  const start = async (ctlPort: number) => {
    const part = new Noting()
    const node = await startNode({ configuration, ctlPort, parts: [part], logger: silent })
    running.push(node)
    return { node, part }
  }
  const all = await Promise.all([...ports.map(({ CTLPORT }) => CTLPORT), slavePort].map(start))
  await Promise.all(all.map(({ node }) => node.ready()))
  await until(() => all.every(({ node }) => node.status.record?.view.members.length === 2))
  const [one, two, slave] = all
  return { one: one!, two: two!, slave: slave! }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe.each(['none', 'majority'])('a part of one’s own in a ring (QUORUM = %s)', (quorum) => {
  const section = quorum === 'majority' ? { QUORUM: quorum, STATEDIR: join(directory, 'state-%n') } : { QUORUM: quorum }

  it('S2, F2: agrees by operations, asked for at any node', async () => {
    const { one, two, slave } = await ring(section)
    expect(await one.part.write('hello')).toEqual({ before: null })
    expect(await two.part.write('good day', { id: 'two-1' })).toEqual({ before: null })
    expect(await two.part.write('good day', { id: 'two-1' })).toEqual({ before: null })
    await expect(two.part.write('another', { id: 'two-1' })).rejects.toMatchObject({ why: 'id-taken' })
    expect(await slave.node.propose('notes', { by: two.node.name, text: 'edited' })).toEqual({ before: 'good day' })
    expect(await slave.node.propose('notes', { by: 7 })).toEqual({ refused: 'by whom, and what?' })
    const written = { [one.node.name]: 'hello', [two.node.name]: 'edited' }
    await until(() => slave.node.agreed(notes)?.[two.node.name] === 'edited')
    expect(slave.node.agreed(notes)).toEqual(written)
    expect(slave.part.seen).toBe(2)
    expect(await nodeMetrics(slave.node, 'test', { lostLogLines: () => 0 }).metrics()).toContain('ring_notes 2')
    await expect(slave.node.propose('members', { do: 'expel', name: one.node.name })).rejects.toMatchObject({
      why: 'not-allowed',
    })
    await expect(one.node.propose('letters', {})).rejects.toMatchObject({ code: 'RING_OPERATION_REFUSED' })
  })
})

describe('a part of one’s own', () => {
  it('M1: follows the view, and hears messages of its own prefix', async () => {
    const { one, two } = await ring()
    await two.part.write('bye')
    two.part.host.control.send(one.node.name, { type: 'notes.word', word: 'psst' } as { readonly type: string })
    await until(() => one.part.heard.length > 0)
    expect(one.part.heard).toEqual([`${two.node.name} psst`])
    const { name } = two.node
    running.splice(running.indexOf(two.node), 1)
    await two.node.stop()
    await until(() => one.node.agreed(notes)?.[name] === undefined)
    expect(one.part.seen).toBe(0)
  })

  it('needs a name that no other has, in the record and among messages', async () => {
    const { one } = await ring()
    const decode = () => ({ fault: 'never' })
    const taken = { prefix: 'gms', decode, isForSlaves: () => false, onMessage: () => undefined }
    expect(() => one.part.host.control.connect(taken)).toThrow(RangeError)
  })
})
