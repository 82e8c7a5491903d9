import type { Routing } from '@ring/placement'
import { describe, expect, it } from 'vitest'
import { FrameType } from '../core/frames/frame-header.ts'
import { Chance, type SimulatedProgram, SimulatedRing } from './simulated-ring.ts'

const partitions = 64
const names = ['s0', 's1', 's2', 's3']
const keys = Array.from({ length: 500 }, (_, index) => `key ${index}`)
const fenceMs = 50
const text = new TextDecoder()

/** Clients that keep so many calls in flight each, while a quarter of the partitions moves to a server that joined, and back. */
class Load {
  readonly failed: string[] = []
  readonly overtaken: string[] = []
  answered = 0
  private readonly ring: SimulatedRing
  private readonly chance: Chance
  private readonly clients: SimulatedProgram[]
  private readonly last = new Map<string, number>()
  private readonly running: (() => void)[] = []
  private routing: Routing
  private calls = 0
  private wanted = 0

  constructor(seed: number) {
    this.ring = new SimulatedRing(seed)
    this.chance = new Chance(seed)
    const servers = names.map((name) => this.ring.addNode(name, true))
    const slaves = ['a', 'b'].map((name) => this.ring.addNode(name, false))
    for (const node of [...servers, ...slaves])
      for (const server of servers) if (server !== node) this.ring.link(node, server)
    const owners = Uint16Array.from({ length: partitions }, (_, partition) => partition % 3)
    const shape = { mode: 'hash', strategy: 'ring', partitions, width: 1 } as const
    const routed = names.map((name) => ({ name, incarnation: 1, address: name, up: true }))
    this.routing = { ...shape, version: 0, epoch: 1, servers: routed, owners, changedAt: new Float64Array(partitions) }
    this.announce({ changedAt: new Float64Array(partitions).fill(1) })
    for (const node of servers) this.ring.addProgram(node, `${node.name}/p`, ({ body }) => this.handle(body))
    this.clients = [...slaves, ...slaves].map((node, place) =>
      this.ring.addProgram(node, `${node.name}/c${place}`, undefined),
    )
  }

  /** Every other fence ends with a move. */
  async run(inFlight: number, fences: number, deadlineMs: number): Promise<void> {
    this.wanted = Number.POSITIVE_INFINITY
    for (const client of this.clients) for (let call = 0; call < inFlight; call++) this.ask(client, deadlineMs)
    await this.pass(fenceMs)
    for (let fence = 0; fence < fences; fence++) {
      const closing = Uint8Array.from({ length: partitions }, (_, partition) => (partition % 4 === 0 ? 1 : 0))
      this.announce({ closing: { version: this.routing.version + 1, partitions: closing } })
      await this.pass(fenceMs)
      this.lift(closing, fence % 2 === 0)
      await this.pass(fenceMs)
    }
    this.wanted = this.calls
    for (let round = 0; round < 400 && this.answered + this.failed.length < this.calls; round++) await this.pass(5)
  }

  private lift(closing: Uint8Array, isCommit: boolean): void {
    const { closing: _, ...routing } = this.routing
    this.routing = routing
    const version = routing.version + 1
    if (!isCommit) this.announce({})
    else {
      this.announce({
        owners: routing.owners.map((owner, place) => (closing[place] === 0 ? owner : owner === 3 ? place % 3 : 3)),
        changedAt: routing.changedAt.map((at, place) => (closing[place] === 0 ? at : version)),
      })
    }
  }

  private announce(changed: Partial<Routing>): void {
    this.routing = { ...this.routing, ...changed, version: this.routing.version + 1 }
    this.ring.announce(this.routing)
  }

  private async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5) {
      for (const end of this.running.splice(0)) end()
      await this.ring.settle(1, 5)
    }
  }

  private ask(client: SimulatedProgram, deadlineMs: number): void {
    if (this.calls >= this.wanted) return
    const call = this.calls++
    const key = this.chance.pick(keys)!
    const body = new TextEncoder().encode(`${call} ${client.name} ${key}`)
    client.endpoint.origin.request(FrameType.request, key, body, { deadlineMs }).then(
      () => {
        this.answered++
        this.ask(client, deadlineMs)
      },
      (error: unknown) => this.failed.push(`${call}: ${(error as { code?: string }).code ?? String(error)}`),
    )
  }

  private handle(body: Uint8Array): Promise<Uint8Array> {
    const [call, ...lane] = text.decode(body).split(' ')
    const before = this.last.get(lane.join(' ')) ?? -1
    if (Number(call) <= before) this.overtaken.push(`${lane.join(' ')}: ${call} after ${before}`)
    this.last.set(lane.join(' '), Number(call))
    return new Promise((resolve) => {
      this.running.push(() => {
        resolve(new Uint8Array(0))
      })
    })
  }
}

describe('load at a fence', () => {
  it.each([
    [64, 0],
    [512, 0],
    [512, 30_000],
  ])(
    'D4 K2: with %d calls in flight of each client, and deadlines of %d ms, none fails or is overtaken',
    async (inFlight, deadlineMs) => {
      const load = new Load(1)
      await load.run(inFlight, 6, deadlineMs)
      expect(load.failed).toEqual([])
      expect(load.overtaken).toEqual([])
      expect(load.answered).toBeGreaterThan(20 * inFlight)
    },
  )
})
