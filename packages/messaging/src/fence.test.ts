import { readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incarnation, nodeName } from '@ring/platform'
import { afterEach, describe, expect, it } from 'vitest'
import { plainDialer, staticRouting } from '../bench/plain-links.ts'
import { confirmWhenDrained } from '../examples/last-round.ts'
import { attachProgram, createMessaging, type Handler, type Messaging, type Program, systemClock } from './index.ts'

const cleanUp: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

const open = (version: number) => ({
  ...staticRouting([{ name: 'localhost:8021', address: 'localhost:8020' }], { version }),
  changedAt: new Float64Array(64).fill(1),
})
const closing = (version: number) => ({
  ...open(version),
  closing: { version, partitions: new Uint8Array(64).fill(1) },
})

interface Node {
  readonly messaging: Messaging
  readonly runtimeDirectory: string
  /** Resolves with the next version that is told to be drained. */
  readonly nextDrained: () => Promise<number>
  readonly drained: number[]
}

async function server(): Promise<Node> {
  const runtimeDirectory = join(await mkdtemp(join(tmpdir(), 'ring-')), 'run')
  const messaging = await createMessaging({
    ...({ group: 'test', name: nodeName('localhost:8021'), incarnation: incarnation(1), role: 'server' } as const),
    ...{ runtimeDirectory, clock: systemClock, random: { uint32: () => 1 }, dialer: plainDialer },
  })
  cleanUp.push(() => messaging.stop({ drainMs: 50 }))
  const drained: number[] = []
  const waiting: ((version: number) => void)[] = []
  messaging.onDrained((version) => {
    drained.push(version)
    for (const tell of waiting.splice(0)) tell(version)
  })
  messaging.setRouting(open(1))
  return { messaging, runtimeDirectory, drained, nextDrained: () => new Promise((resolve) => waiting.push(resolve)) }
}

async function served(node: Node, kind: 'embedded' | 'attached', handler: Handler): Promise<Program> {
  const { messaging, runtimeDirectory } = node
  if (kind === 'embedded') {
    messaging.embed({ role: 'server', name: 'p' }).serve(handler)
    return messaging.embed({ role: 'client', name: 'c' })
  }
  const program = await attachProgram({ runtimeDirectory, role: 'server', name: 'p', handler })
  const client = await attachProgram({ runtimeDirectory, role: 'client', name: 'c' })
  cleanUp.push(
    () => program.close(),
    () => client.close(),
  )
  return client
}

/** Something that happens when it is told to. */
function told(): { readonly until: Promise<void>; readonly tell: () => void } {
  let tell = (): void => undefined
  const until = new Promise<void>((resolve) => {
    tell = resolve
  })
  return { until, tell }
}

describe.each(['embedded', 'attached'] as const)('a fence around the keys of a program that is %s', (kind) => {
  it('D3 D4: what runs ends first, what is asked meanwhile waits, and goes on when the record says so', async () => {
    const node = await server()
    const [begun, end] = [told(), told()]
    const started: string[] = []
    const client = await served(node, kind, async ({ key }) => {
      started.push(new TextDecoder().decode(key))
      begun.tell()
      await end.until
    })
    const running = client.request('running', '')
    await begun.until
    node.messaging.setRouting(closing(2))
    const waiting = client.request('waiting', '')
    const nextDrained = node.nextDrained()
    end.tell()
    await running
    expect(await nextDrained).toBe(2)
    expect(started).toEqual(['running'])
    node.messaging.setRouting(open(3))
    await waiting
    expect([started, node.drained]).toEqual([['running', 'waiting'], [2]])
  })

  it('D3: a handler whose caller gave up counts until it has ended', async () => {
    const node = await server()
    const [begun, end] = [told(), told()]
    const client = await served(node, kind, async () => {
      begun.tell()
      await end.until
    })
    const controller = new AbortController()
    const given = client.request('given up', '', { signal: controller.signal })
    await begun.until
    controller.abort()
    await expect(given).rejects.toMatchObject({ code: 'RING_MAYBE_DELIVERED_CANCELLED_RUNNING' })
    node.messaging.setRouting(closing(2))
    const nextDrained = node.nextDrained()
    // Time enough for whoever does not wait for it: a request of its own goes there and back.
    await expect(client.requestTo('localhost:8099', '')).rejects.toMatchObject({ reason: 'unknown-server' })
    expect(node.drained).toEqual([])
    end.tell()
    expect(await nextDrained).toBe(2)
  })
})

it('D3: the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(readFileSync(new URL('../examples/last-round.ts', import.meta.url), 'utf8').trim())
  const { messaging } = await server()
  const done: string[] = []
  const confirmed = new Promise<void>((resolve) => {
    confirmWhenDrained(messaging, {
      lastRound: async () => {
        await Promise.resolve()
        done.push('last round')
      },
      confirm: (version) => {
        done.push(`confirmed ${version}`)
        resolve()
      },
    })
  })
  messaging.setRouting(closing(2))
  await confirmed
  expect(done).toEqual(['last round', 'confirmed 2'])
})
