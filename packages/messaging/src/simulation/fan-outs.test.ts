import type { Routing } from '@ring/placement'
import { describe, expect, it } from 'vitest'
import { FrameType } from '../core/frames/frame-header.ts'
import type { BroadcastAnswer } from '../core/program/asking/pending-request.ts'
import { Chance, type SimulatedNode, SimulatedRing } from './simulated-ring.ts'

const names = ['s0', 's1', 's2', 's3']
const partitions = 4
const text = new TextDecoder()

/** Servers that come, go and change places while broadcasts are out; each answers with its own name, now or later. */
class ChangingViews {
  readonly ring: SimulatedRing
  readonly answers: BroadcastAnswer[] = []
  readonly failed: unknown[] = []
  asked = 0
  ended = 0
  private readonly chance: Chance
  private readonly waiting: (() => void)[] = []
  private version = 0

  constructor(seed: number) {
    this.ring = new SimulatedRing(seed)
    this.chance = new Chance(seed + 1_000_003)
    const servers = names.map((name) => this.ring.addNode(name, true))
    const slave = this.ring.addNode('slave', false)
    this.change()
    for (const node of [...servers, slave]) {
      for (const server of servers) if (server !== node) this.ring.link(node, server)
    }
    for (const node of servers) this.addServer(node)
  }

  async run(steps: number): Promise<void> {
    const clients = [this.ring.nodes[0]!, this.ring.nodes.at(-1)!].map((node) =>
      this.ring.addProgram(node, `${node.name}/c`, undefined),
    )
    for (let step = 0; step < steps; step++) {
      const choice = this.chance.below(20)
      if (choice === 0) this.change()
      else if (choice === 1) this.waiting.splice(this.chance.below(this.waiting.length + 1), 1)[0]?.()
      else if (choice === 2) {
        const { origin } = this.chance.pick(clients)!.endpoint
        this.asked++
        const type = this.chance.below(3) === 0 ? FrameType.replicate : FrameType.broadcast
        origin.request(type, `k${this.chance.below(9)}`, new Uint8Array(1), undefined).then(
          (answers) => {
            this.ended++
            this.answers.push(...(answers as readonly BroadcastAnswer[]))
          },
          (error: unknown) => {
            this.ended++
            this.failed.push(error)
          },
        )
      }
      this.ring.step()
      await Promise.resolve()
    }
    for (let round = 0; round < 20; round++) {
      for (const answer of this.waiting.splice(0)) answer()
      await this.ring.settle(4)
    }
  }

  private addServer(node: SimulatedNode): void {
    // Some are large: they come in pieces, and views change between these.
    const reply = (): Uint8Array => new TextEncoder().encode(node.name.padEnd(this.chance.below(6) === 0 ? 200_000 : 2))
    this.ring.addProgram(node, `${node.name}/p`, () => {
      if (this.chance.below(2) === 0) return reply()
      return new Promise((resolve) => {
        this.waiting.push(() => {
          resolve(reply())
        })
      })
    })
  }

  private change(): void {
    const order = names
      .filter((_, index) => index === 0 || this.chance.below(4) > 0)
      .sort(() => this.chance.below(3) - 1)
    const servers = order.map((name) => ({ name, incarnation: 1, address: name, up: true }))
    const version = ++this.version
    const owners = Uint16Array.from({ length: partitions * 2 }, () => this.chance.below(servers.length))
    const changedAt = new Float64Array(partitions).fill(version)
    const shape = { mode: 'hash', strategy: 'ring', partitions, width: 2 } as const
    const routing: Routing = { ...shape, version, epoch: version, servers, owners, changedAt }
    this.ring.announce(routing)
  }
}

describe('fan-outs while views change', () => {
  it('A3: every answer stands under the name of the server that gave it', async () => {
    let named = 0
    for (let seed = 1; seed <= 40; seed++) {
      const views = new ChangingViews(seed)
      await views.run(700)
      expect(views.ended, `seed ${seed}`).toBe(views.asked)
      for (const answer of views.answers) {
        if (answer.ok) expect(answer.server, `seed ${seed}`).toBe(text.decode(answer.body).trim())
        else expect(names, `seed ${seed}: ${answer.error.message}`).toContain(answer.server)
        named++
      }
      expect(views.ring.violations).toEqual([])
    }
    expect(named).toBeGreaterThan(1_000)
  })
})
