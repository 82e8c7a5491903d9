import type { Routing } from '@ring/placement'
import { FrameType } from '../core/frames/frame-header.ts'
import type { Handler } from '../core/program/answering/responder.ts'
import type { MemoryLink } from './memory-link.ts'
import { Chance, type SimulatedNode, type SimulatedProgram, SimulatedRing } from './simulated-ring.ts'

const partitions = 4
const text = new TextDecoder()

export interface Asked {
  readonly id: number
  /** Its sender, service and key; what is addressed has no order. */
  readonly lane: string | undefined
  outcome: string
}

/**
 * A ring that is restarted server by server, as an upgrade does: each says that it leaves, lets what it has end, and is back as
 * another life, in the routing before it is linked, linked before its program is there. All calls wait when nobody is there.
 *
 * With `services` the servers are of the version before, and come back as this one with a program of the service `accounts`; some
 * calls name it, and some are addressed.
 */
export class RollingRestart {
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

  private readonly services: boolean

  constructor(seed: number, services = false) {
    this.services = services
    this.ring = new SimulatedRing(seed)
    this.chance = new Chance(seed + 1_000_003)
    this.servers = ['s0', 's1', 's2'].map((name) => this.ring.addNode(name, true, 1, !services))
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
    const isAddressed = this.services && this.chance.below(5) === 0
    const key = isAddressed ? `s${this.chance.below(3)}` : `k${this.chance.below(4)}`
    const name = this.services && this.chance.below(2) === 0 ? 'accounts' : undefined
    const lane = isAddressed ? undefined : `${client.name} ${name} ${key}`
    const one: Asked = { id: this.asked.length, lane, outcome: '' }
    this.asked.push(one)
    const type = this.chance.below(4) === 0 ? FrameType.oneWay : FrameType.request
    const options = { whenDown: 'wait', whenFull: 'wait' } as const
    const { origin } = client.endpoint
    const service = name === undefined ? undefined : origin.services.named(name)
    origin.request(type, key, Buffer.from(`${one.id} ${name}`), options, service, isAddressed).then(
      () => (one.outcome = 'reply'),
      (error: unknown) => (one.outcome = (error as { code?: string }).code ?? String(error)),
    )
  }

  private goOn(): void {
    const next = this.next
    this.next = undefined
    const before = this.servers.filter(({ knowsServices }) => !knowsServices)
    if (next === undefined) this.leave(this.chance.pick(before) ?? this.chance.pick(this.servers)!)
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
    this.addProgramOf(node, undefined)
    if (this.services && node.knowsServices) this.addProgramOf(node, 'accounts')
  }

  private addProgramOf(node: SimulatedNode, serves: string | undefined): void {
    const handler: Handler = (request) => {
      const [id, service] = text.decode(request.body).split(' ')
      this.started.push(Number(id))
      if (service !== String(serves)) this.ring.violations.push(`${id} for ${service} reached ${serves}`)
      if (this.chance.below(2) === 0) return request.body
      return new Promise((resolve) => {
        this.unanswered.push(() => {
          resolve(request.body)
        })
      })
    }
    this.ring.addProgram(node, `${node.name}/p${node.incarnation} ${serves}`, handler, serves)
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
