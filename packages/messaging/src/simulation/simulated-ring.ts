import type { Routing } from '@ring/placement'
import { DeliveryGate, type Incarnation, type Link, type LinkHandler } from '@ring/platform'
import { addressedPartition, FrameType, lengthBytes, Offset, readU32 } from '../core/frames/frame-header.ts'
import { namesService } from '../core/frames/service-id.ts'
import type { Handler } from '../core/program/answering/responder.ts'
import { ProgramEndpoint } from '../core/program/program-endpoint.ts'
import type { StreamRules } from '../core/program/streaming/stream-rules.ts'
import { Relay } from '../core/relay/relay.ts'
import type { RelayPort } from '../core/relay/relay-port.ts'
import type { RelayRules } from '../core/relay/rules.ts'
import { decodeRouting, encodeRouting } from '../routing-notice.ts'
import { MemoryLink } from './memory-link.ts'

/** A seeded source of chance (a multiply-with-carry would do as well; this is a 32-bit mixer over a counter). */
export class Chance {
  private state: number

  constructor(seed: number) {
    this.state = seed * 0x9e3779b1
  }

  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(Math.max(1, items.length))]
  }
}

/** Rules that are taken out, to show that a check would notice. */
export interface SimulatedRules {
  readonly relay?: RelayRules
  readonly streams?: StreamRules
}

/** A node with its relay; `routings` are those it has not been told yet. */
export interface SimulatedNode {
  readonly name: string
  readonly incarnation: number
  readonly gate: DeliveryGate
  readonly relay: Relay
  readonly routings: Routing[]
  readonly programPorts: Set<RelayPort>
  /** Not of a node of the version before, nor of its programs: they are never sent a service or an address. */
  readonly knowsServices: boolean
  routing: Routing | undefined
}

export interface SimulatedProgram {
  readonly name: string
  readonly node: SimulatedNode
  readonly endpoint: ProgramEndpoint
  readonly link: MemoryLink
  isAlive: boolean
  wantsFlush: boolean
}

/** Nodes, programs and links in one process; nothing happens but by {@link SimulatedRing.step}. */
export class SimulatedRing {
  readonly chance: Chance
  nodes: SimulatedNode[] = []
  readonly programs: SimulatedProgram[] = []
  links: MemoryLink[] = []
  nowMs = 1_000
  violations: string[] = []

  private readonly rules: SimulatedRules
  /** What programs do in their next turn. */
  private turns: (() => void)[] = []

  constructor(seed: number, rules: SimulatedRules = {}) {
    this.chance = new Chance(seed)
    this.rules = rules
  }

  addNode(name: string, isServer: boolean, incarnation = 1, knowsServices = true): SimulatedNode {
    const gate = new DeliveryGate(incarnation as Incarnation)
    const relay = new Relay(isServer ? { name, incarnation } : undefined, this.nowMs, gate, this.rules.relay)
    const node: SimulatedNode = {
      name,
      incarnation,
      gate,
      relay,
      routings: [],
      programPorts: new Set(),
      knowsServices,
      routing: undefined,
    }
    this.nodes.push(node)
    return node
  }

  /** A data link by which `from` asks `to`. */
  link(from: SimulatedNode, to: SimulatedNode): MemoryLink {
    const [asks, answers] = MemoryLink.pair(`${from.name}-${to.name}`)
    const knows = from.knowsServices && to.knowsServices
    this.join(from, asks, from.relay.attachServer(asks, to.name, to.incarnation, knows, knows), () => undefined)
    this.join(to, answers, to.relay.attachPeer(answers, from.name, from.incarnation, knows, knows), () => undefined)
    return asks
  }

  /** @param serves the service, where it has a name */
  addProgram(node: SimulatedNode, name: string, handler: Handler | undefined, serves?: string): SimulatedProgram {
    const [link, nodeLink] = MemoryLink.pair(name)
    const knows = node.knowsServices
    const services = { knows, serves, credit: knows, moves: knows }
    const port = node.relay.attachProgram(nodeLink, name, handler !== undefined, false, services)
    node.programPorts.add(port)
    this.join(node, nodeLink, port, () => node.programPorts.delete(port))
    const shell = {
      nextTurn: (run: () => void) => {
        this.turns.push(run)
      },
      tellTime: () => {
        program.endpoint.time(this.nowMs)
      },
      wake: () => {
        program.wantsFlush = true
      },
      onRouting: (bytes: Uint8Array, start: number, end: number) => {
        const routing = decodeRouting(bytes, start, end)
        if (routing !== undefined) program.endpoint.setRouting(routing)
      },
      onViolation: (reason: string) => this.violations.push(`${name}: ${reason}`),
    }
    const endpoint = new ProgramEndpoint(shell, this.nowMs, 0, this.rules.streams)
    const program: SimulatedProgram = { name, node, endpoint, link, isAlive: true, wantsFlush: false }
    if (handler !== undefined) endpoint.responder.serve(handler)
    link.handle(this.watched(node, programHandler(program)))
    this.links.push(link)
    endpoint.connect(link, node.knowsServices, node.knowsServices, node.knowsServices)
    if (node.routing !== undefined) writeWhole(nodeLink, encodeRouting(node.routing)!)
    this.programs.push(program)
    return program
  }

  /** The record has changed; each node hears of it in its own time. */
  announce(routing: Routing): void {
    for (const node of this.nodes) node.routings.push(routing)
  }

  /** One thing happens: something arrives, a node hears of a routing, a turn of a program ends, or time goes on. */
  step(): void {
    this.links = this.links.filter((link) => !link.isSettled)
    this.takeTurns()
    const choice = this.chance.below(10)
    if (choice < 5) this.deliver()
    else if (choice < 8) this.flush()
    else if (choice === 8) this.tell()
    else this.pass(1 + this.chance.below(5))
    for (const link of this.links) link.settle()
  }

  /** Everything that waits arrives, every node hears of everything, and `ms` pass; `rounds` times. */
  async settle(rounds: number, ms = 25): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      this.takeTurns()
      for (const node of this.nodes) while (node.routings.length > 0) this.hear(node)
      for (const program of this.programs) this.flushOne(program)
      for (const link of this.ends()) while (link.hasWaiting) link.deliver(100)
      for (const link of this.links) link.settle()
      this.pass(ms)
      await Promise.resolve()
    }
  }

  pass(ms: number): void {
    this.nowMs += ms
    for (const { relay } of this.nodes) relay.tick(this.nowMs)
    for (const program of this.programs) if (program.isAlive) program.endpoint.tick(this.nowMs)
  }

  private takeTurns(): void {
    for (const run of this.turns.splice(0)) run()
  }

  private deliver(): void {
    const link = this.chance.pick(this.ends().filter((end) => end.hasWaiting))
    link?.deliver(1 + this.chance.below(4))
  }

  private flush(): void {
    const program = this.chance.pick(this.programs.filter((one) => one.wantsFlush))
    if (program !== undefined) this.flushOne(program)
  }

  private flushOne(program: SimulatedProgram): void {
    program.wantsFlush = false
    if (program.isAlive) program.endpoint.flush()
  }

  private tell(): void {
    const node = this.chance.pick(this.nodes.filter(({ routings }) => routings.length > 0))
    if (node !== undefined) this.hear(node)
  }

  private hear(node: SimulatedNode): void {
    const routing = node.routings.shift()!
    node.routing = routing
    for (const port of node.programPorts) writeWhole(port.link, encodeRouting(routing)!)
    node.relay.setRouting(routing)
  }

  /** F6: sees that nothing arrives at the version before that it does not know. */
  private watched(node: SimulatedNode, handler: LinkHandler): LinkHandler {
    if (node.knowsServices) return handler
    return {
      ...handler,
      onFrames: (link, bytes, start, end) => {
        for (let at = start; at < end; at += lengthBytes + readU32(bytes, at)) {
          const isAddressed = readU32(bytes, at + Offset.partition) === addressedPartition
          const isCredit = [FrameType.credit, FrameType.replyCredit].some((type) => type === bytes[at + Offset.type])
          if (isAddressed || isCredit || namesService(bytes, at))
            this.violations.push(`${node.name} was sent what it does not know`)
        }
        handler.onFrames(link, bytes, start, end)
      },
    }
  }

  private readonly otherEnds: MemoryLink[] = []

  private ends(): MemoryLink[] {
    return [...this.links, ...this.otherEnds.filter((link) => !link.isSettled)]
  }

  private join(node: SimulatedNode, link: MemoryLink, port: RelayPort, gone: () => void): void {
    const { relay } = node
    this.otherEnds.push(link)
    const handler: LinkHandler = {
      onFrames: (_link: Link, bytes: Uint8Array, start: number, end: number) => {
        relay.onFrames(port, bytes, start, end)
        if (port.fault !== undefined) this.violations.push(`${port.name}: ${port.fault}`)
      },
      onDrain: () => undefined,
      onClosed: () => {
        relay.detach(port)
        gone()
      },
    }
    link.handle(this.watched(node, handler))
    if (port.kind === 'server') this.links.push(link)
  }
}

function programHandler(program: SimulatedProgram): LinkHandler {
  return {
    onFrames: (_link, bytes, start, end) => {
      program.endpoint.onFrames(bytes, start, end)
    },
    onDrain: () => {
      program.endpoint.onDrain()
    },
    onClosed: () => {
      program.isAlive = false
      program.endpoint.origin.stopAsking()
      program.endpoint.linkLost()
    },
  }
}

function writeWhole(link: Link, frame: Uint8Array): void {
  if (readU32(frame, 0) + lengthBytes !== frame.length) throw new Error('not one whole frame')
  link.write(frame, 0, frame.length)
}
