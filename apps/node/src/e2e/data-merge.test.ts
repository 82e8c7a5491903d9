import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataService, placementOf, type ServiceOperation, type ServiceOutcome, serveData } from '@ring/merge'
import { MemoryStore } from '@ring/merge/memory-store'
import type { Program } from '@ring/messaging'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type RingNode, silent, startNode } from '../index.ts'
import { freshPort } from './daemon-process.ts'

const directory = mkdtempSync(join(tmpdir(), 'ring-merge-test-'))
const running: Keeper[] = []

afterAll(() => rmSync(directory, { recursive: true, force: true }))

afterEach(async () => {
  for (const { node } of running.splice(0).reverse()) await node.stop()
})

/** A server whose program keeps keys, and lets them move. */
class Keeper {
  readonly store = new MemoryStore()

  readonly node: RingNode

  constructor(node: RingNode) {
    this.node = node
    const program = node.embed({ role: 'server', name: 'keeper' })
    program.serve(({ key, body }) => {
      const before = this.store.get(key)
      if (textOf(body) === '+') this.store.set(key, Buffer.from(`${1 + Number(before ? textOf(before) : 0)}`))
      else if (body.length > 0) this.store.set(key, body)
      return this.store.get(key) ?? ''
    })
    node.embed({ role: 'server', name: 'keeper data', service: dataService }).serve(serveData(this.store))
  }
}

class Ring {
  readonly #configuration: string
  readonly #ports: readonly { readonly PORT: number; readonly CTLPORT: number }[]

  constructor(servers: number, settings: Readonly<Record<string, unknown>>) {
    this.#ports = Array.from({ length: servers }, () => ({ PORT: freshPort(), CTLPORT: freshPort() }))
    this.#configuration = JSON.stringify({
      GLOBAL: {
        FILEVERSION: 1,
        GROUP: `merge-${this.#ports[0]!.PORT}`,
        DELIVERMODE: 'hash',
        DOMERGE: 'yes',
        ...settings,
      },
      RING: { RUNTIMEDIR: join(directory, '%n') },
      SVRNODE: this.#ports.map((ports) => ({ NAME: '127.0.0.1', ...ports })),
      SLVNODE: [{ NAME: '[.]*', CTLPORT: freshPort() }],
    })
  }

  async start(server: number): Promise<Keeper> {
    const node = await startNode({
      configuration: this.#configuration,
      ctlPort: this.#ports[server]!.CTLPORT,
      logger: silent,
    })
    const keeper = new Keeper(node)
    running.push(keeper)
    await node.ready()
    return keeper
  }
}

/** Counts up keys without end, four at a time, and knows how far each has to be. */
class Counting {
  readonly #client: Program
  readonly #counts = new Map<string, number>()
  readonly #failed: string[] = []
  readonly #loops: Promise<void>[]
  #done = 0
  #isOver = false
  #waiting: { readonly from: number; readonly resolve: () => void }[] = []

  constructor(node: RingNode) {
    this.#client = node.embed({ role: 'client', name: 'counting' })
    this.#loops = Array.from({ length: 4 }, (_, at) => this.#loop(at))
  }

  async #loop(lane: number): Promise<void> {
    for (let turn = 0; !this.#isOver; turn++) {
      const key = `count ${lane} ${turn % 20}`
      try {
        await this.#client.request(key, '+')
        this.#counts.set(key, 1 + (this.#counts.get(key) ?? 0))
      } catch (error) {
        this.#failed.push(`${key}: ${String(error)}`)
      }
      this.#done++
      for (const { from, resolve } of this.#waiting) if (this.#done >= from) resolve()
    }
  }

  /** Until so many more have been answered. */
  some(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ from: this.#done + count, resolve }))
  }

  async end(): Promise<{ readonly failed: readonly string[]; readonly lost: readonly string[] }> {
    this.#isOver = true
    await Promise.all(this.#loops)
    const lost: string[] = []
    for (const [key, count] of this.#counts) {
      const found = textOf(await this.#client.request(key, ''))
      if (found !== `${count}`) lost.push(`${key} is ${found}, not ${count}`)
    }
    return { failed: this.#failed, lost }
  }
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const operate = (node: RingNode, body: ServiceOperation) => node.propose('placement', body) as Promise<ServiceOutcome>

/** Until it is so, as the record says. */
function until(
  { node }: Keeper,
  isSo: (placement: NonNullable<ReturnType<typeof placementOf>>) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const off = node.onChange(() => look())
    const look = () => {
      const placement = node.status.record && placementOf(node.status.record)
      if (!placement || !isSo(placement)) return
      off()
      resolve()
    }
    look()
  })
}

describe('data that follows its keys', () => {
  it('A8, A10: by hand: SERVICEIN, MERGE, COMPMERGE take a fourth server in, and every key has moved with its data', async () => {
    const ring = new Ring(4, { AUTOMERGE: 'no', REPLICA: 0 })
    const keepers = await Promise.all([0, 1, 2].map((at) => ring.start(at)))
    const [first] = keepers as [Keeper, Keeper, Keeper]
    for (const { node } of keepers)
      expect(await operate(node, { do: 'service-in', server: node.name })).toMatchObject({ ok: true })
    expect(await operate(first.node, { do: 'merge' })).toMatchObject({ ok: true })
    expect(await operate(first.node, { do: 'complete' })).toMatchObject({ ok: true, now: 'rest' })

    const client = first.node.embed({ role: 'client', name: 'client' })
    const keys = Array.from({ length: 500 }, (_, at) => `key ${at}`)
    for (const key of keys) await client.request(key, `value of ${key}`)
    const fourth = await ring.start(3)
    await operate(fourth.node, { do: 'service-in', server: fourth.node.name })
    expect(await operate(first.node, { do: 'merge' })).toMatchObject({ ok: true, now: 'copying' })
    await until(first, ({ services = {} }) => Object.values(services).every(({ is }) => !is.endsWith('doing')))
    expect(await operate(first.node, { do: 'complete' })).toMatchObject({ ok: true, now: 'closing' })
    await until(first, ({ merge }) => merge === undefined)
    for (const key of keys) expect(textOf(await client.request(key, ''))).toBe(`value of ${key}`)
    expect(fourth.store.size).toBeGreaterThan(50)
    expect([...keepers, fourth].reduce((sum, { store }) => sum + store.size, 0)).toBe(keys.length)
  })

  it('A9, A10: by itself, under load: servers come, one is taken out, and no count is lost, no request fails', async () => {
    const ring = new Ring(4, { AUTOMERGE: 'yes', REPLICA: 0 })
    const keepers = await Promise.all([0, 1].map((at) => ring.start(at)))
    const [first, second] = keepers as [Keeper, Keeper]
    await until(first, ({ services = {} }) => Object.values(services).filter(({ is }) => is === 'in').length === 2)
    const load = new Counting(first.node)
    const isInService = (count: number) =>
      until(
        first,
        ({ services = {}, merge }) =>
          !merge && Object.values(services).filter(({ is }) => is === 'in').length === count,
      )
    await load.some(200)
    const third = await ring.start(2)
    await isInService(3)
    await load.some(200)
    expect(await operate(third.node, { do: 'service-out', server: second.node.name })).toMatchObject({ ok: true })
    await isInService(2)
    await load.some(200)
    expect(await load.end()).toEqual({ failed: [], lost: [] })
    expect(second.store.size).toBe(0)
    expect(third.store.size).toBeGreaterThan(5)
  })
})
