import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { freshPort } from './e2e/daemon-process.ts'
import { type RingNode, startNode } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-ready-'))
const clean: (() => unknown)[] = []

afterAll(() => rmSync(directory, { recursive: true, force: true }))

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step()
})

const text = (words: string) => new TextEncoder().encode(words)

/** Servers in this process that answer from the first moment, each also asking. */
function servers(count: number, quorum: 'none' | 'majority') {
  const ports = Array.from({ length: count }, () => ({ PORT: freshPort(), CTLPORT: freshPort() }))
  const configuration = JSON.stringify({
    GLOBAL: { FILEVERSION: 1, GROUP: `ready-${ports[0]!.PORT}`, DELIVERMODE: 'hash' },
    RING: { RUNTIMEDIR: join(directory, '%n'), STATEDIR: join(directory, 'state-%n'), QUORUM: quorum },
    SVRNODE: ports.map((port) => ({ NAME: '127.0.0.1', ...port })),
    SLVNODE: [{ NAME: '[.]*', CTLPORT: freshPort() }],
  })
  const start = async ({ CTLPORT }: { CTLPORT: number }) => {
    const node = await startNode({ configuration, ctlPort: CTLPORT })
    clean.push(() => node.stop())
    const program = node.embed({ role: 'server', name: 'both' })
    program.serve(() => text(node.name))
    return { node, program }
  }
  return { ports, start }
}

async function hasMembers({ node }: { readonly node: RingNode }, count: number): Promise<void> {
  while (node.status.record?.view.members.length !== count) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('ready means that a request can be answered', () => {
  it.each(['none', 'majority'] as const)('300 requests made the moment all are ready (QUORUM = %s)', async (quorum) => {
    const { ports, start } = servers(3, quorum)
    const started = await Promise.all(ports.map(start))
    await Promise.all(started.map(({ node }) => node.ready()))
    const calls = started.flatMap(({ program }) =>
      Array.from({ length: 100 }, (_, key) => program.request(`key ${key}`, text('who?'))),
    )
    const ends = await Promise.allSettled(calls)
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([])
  })

  it('a call made as a server joins waits for the first link to it', async () => {
    const { ports, start } = servers(2, 'none')
    const first = await start(ports[0]!)
    await first.node.ready()
    const unready: string[] = []
    first.node.onChange(() => !first.node.isReady && unready.push(first.node.status.delivery))
    await start(ports[1]!)
    await hasMembers(first, 2)
    const calls = Array.from({ length: 100 }, (_, key) => first.program.request(`key ${key}`, text('who?')))
    const owners = new Set((await Promise.all(calls)).map((body) => new TextDecoder().decode(body)))
    expect(owners.size).toBe(2)
    // A link that is dialled for a newcomer makes nobody unready.
    expect(unready).toEqual([])
  })
})
