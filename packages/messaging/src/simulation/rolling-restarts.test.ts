import type { Routing } from '@ring/placement'
import { describe, expect, it } from 'vitest'
import { FrameType } from '../core/frame-header.ts'
import type { MemoryLink } from './memory-link.ts'
import { Chance, type SimulatedNode, type SimulatedProgram, SimulatedRing } from './simulated-ring.ts'

const partitions = 4
const runs = Number(process.env['SEEDS'] ?? 60)
const first = Number(process.env['SEED'] ?? 1)
const text = new TextDecoder()

interface Asked {
  readonly id: number
  readonly lane: string
  outcome: string
}

/**
 * A ring that is restarted server by server, as an upgrade does: each says that it leaves, lets what it has end, and is back as
 * another life, in the routing before it is linked, linked before its program is there. All calls wait when nobody is there.
 */
class RollingRestart {
  readonly ring: SimulatedRing
  readonly asked: Asked[] = []
  readonly started: number[] = []
  restarts = 0
  private readonly chance: Chance
  private readonly slaves: SimulatedNode[]
  private readonly clients: SimulatedProgram[]
  private readonly links = new Map<SimulatedNode, MemoryLink[]>()
  private readonly unanswered: (() => void)[] = []
  private servers: SimulatedNode[]
  private routing: Routing | undefined
  /** What the restart that goes on does next. */
  private next: (() => void) | undefined

  constructor(seed: number) {
    this.ring = new SimulatedRing(seed)
    this.chance = new Chance(seed + 1_000_003)
    this.servers = ['s0', 's1', 's2'].map((name) => this.ring.addNode(name, true))
    this.slaves = ['a', 'b'].map((name) => this.ring.addNode(name, false))
    this.announce(this.servers)
    for (const server of this.servers) {
      this.linkAll(server)
      this.addProgram(server)
    }
    this.clients = this.slaves.map((node) => this.ring.addProgram(node, `${node.name}/c`, undefined))
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const choice = this.chance.below(100)
      if (choice < 30) this.ask()
      else if (choice < 60) this.unanswered.splice(this.chance.below(this.unanswered.length + 1), 1)[0]?.()
      else if (choice < 66) this.goOn()
      this.ring.step()
      await Promise.resolve()
    }
    for (let round = 0; round < 100 && this.asked.some(({ outcome }) => outcome === ''); round++) {
      for (const answer of this.unanswered.splice(0)) answer()
      this.goOn()
      await this.ring.settle(4)
    }
  }

  private ask(): void {
    const client = this.chance.pick(this.clients)!
    const key = `k${this.chance.below(4)}`
    const one: Asked = { id: this.asked.length, lane: `${client.name} ${key}`, outcome: '' }
    this.asked.push(one)
    const type = this.chance.below(4) === 0 ? FrameType.oneWay : FrameType.request
    const options = { whenDown: 'wait', whenFull: 'wait' } as const
    client.endpoint.origin.request(type, key, Buffer.from(`${one.id}`), options).then(
      () => (one.outcome = 'reply'),
      (error: unknown) => (one.outcome = (error as { code?: string }).code ?? String(error)),
    )
  }

  private goOn(): void {
    const next = this.next
    this.next = undefined
    if (next === undefined) this.leave(this.chance.pick(this.servers)!)
    else next()
  }

  private leave(node: SimulatedNode): void {
    node.relay.detachAll('peer')
    const others = this.servers.filter((one) => one !== node)
    this.announce(others)
    this.next = () => {
      node.gate.stop()
      node.relay.detachAll('program')
      this.next = () => {
        this.drain(node, others)
      }
    }
  }

  private drain(node: SimulatedNode, others: readonly SimulatedNode[]): void {
    // As DETACH tells it: everybody has heard, and nothing that was sent before is still on its way.
    const haveHeard = this.ring.nodes.every(({ routings }) => routings.length === 0)
    const isComing = this.links.get(node)!.some((link) => link.isBusy)
    if (node.relay.out > 0 || isComing || !haveHeard) {
      this.next = () => {
        this.drain(node, others)
      }
      return
    }
    for (const link of this.links.get(node) ?? []) link.cut()
    for (const program of this.ring.programs) if (program.node === node) program.link.cut()
    for (const link of this.ring.links) link.settle()
    this.ring.nodes = this.ring.nodes.filter((one) => one !== node)
    const back = this.ring.addNode(node.name, true, node.incarnation + 1)
    this.servers = this.servers.map((one) => (one === node ? back : one))
    this.announce(this.servers)
    const steps = this.chance.below(2) === 0 ? ['link', 'program'] : ['program', 'link']
    this.comeBack(back, steps)
  }

  private comeBack(node: SimulatedNode, steps: readonly string[]): void {
    this.next = () => {
      if (steps[0] === 'link') this.linkAll(node)
      else this.addProgram(node)
      if (steps.length > 1) this.comeBack(node, steps.slice(1))
      else this.restarts++
    }
  }

  private linkAll(server: SimulatedNode): void {
    const links = this.ring.nodes.filter((node) => node !== server).map((node) => this.ring.link(node, server))
    this.links.set(server, links)
    for (const other of this.servers) {
      if (other !== server && this.links.has(other)) this.links.get(other)!.push(this.ring.link(server, other))
    }
  }

  private addProgram(node: SimulatedNode): void {
    this.ring.addProgram(node, `${node.name}/p${node.incarnation}`, (request) => {
      this.started.push(Number(text.decode(request.body)))
      if (this.chance.below(2) === 0) return request.body
      return new Promise((resolve) => {
        this.unanswered.push(() => {
          resolve(request.body)
        })
      })
    })
  }

  private announce(nodes: readonly SimulatedNode[]): void {
    const version = (this.routing?.version ?? 0) + 1
    const servers = nodes.map(({ name, incarnation }) => ({ name, incarnation, address: name, up: true }))
    const owners = Uint16Array.from({ length: partitions }, (_, partition) => partition % servers.length)
    const nameOf = (routing: Routing | undefined, partition: number): string => {
      const server = routing?.servers[routing.owners[partition]!]
      return `${server?.name} ${server?.incarnation}`
    }
    const routing = { version, epoch: version, mode: 'hash', strategy: 'ring', partitions, servers, width: 1 } as const
    const next = { ...routing, owners, changedAt: new Float64Array(partitions) }
    for (let partition = 0; partition < partitions; partition++) {
      const isSame = nameOf(this.routing, partition) === nameOf(next, partition)
      next.changedAt[partition] = isSame ? this.routing!.changedAt[partition]! : version
    }
    this.routing = next
    this.ring.announce(next)
  }
}

describe('a rolling restart', () => {
  it('K2: no call that waits when nobody is there fails; each runs once, those of a key in order', {
    timeout: 120_000,
  }, async () => {
    let restarts = 0
    for (let seed = first; seed < first + runs; seed++) {
      const restart = new RollingRestart(seed)
      await restart.run(1_500)
      const failed = restart.asked.filter(({ outcome }) => outcome !== 'reply')
      expect(failed, `SEED=${seed} SEEDS=1 repeats this run`).toEqual([])
      const starts = new Set(restart.started)
      expect(starts.size, `SEED=${seed}`).toBe(restart.started.length)
      expect(starts.size, `SEED=${seed}`).toBe(restart.asked.length)
      const last = new Map<string, number>()
      for (const id of restart.started) {
        const { lane } = restart.asked[id]!
        expect(id, `SEED=${seed} ${lane}`).toBeGreaterThan(last.get(lane) ?? -1)
        last.set(lane, id)
      }
      restarts += restart.restarts
    }
    expect(restarts).toBeGreaterThan(runs)
  })
})
