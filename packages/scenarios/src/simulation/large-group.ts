import { SimulatedGroup, type SimulatedMember } from '@ring/gms/simulation'
import { viewMerging } from '@ring/merge'
import { below, unit } from '@ring/platform'
import { type SimulatedNode, World } from '@ring/testkit'
import type { Quorum } from './subject.ts'

export interface LargeGroupOptions {
  readonly members: number
  readonly seed: number
  readonly quorum: Quorum
}

/** How many processes are started together while a group grows. */
const batch = 100
/** Of them everybody knows the addresses. */
const configured = 3

/** The frame's own five bytes, and those of TCP and IP. */
const headerBytes = 5 + 52

/** The world takes too many events in one go for a circle; so many members have that many in a minute. */
const sliceMs = 5_000

/** How often it is looked whether all know; a part of what is measured, and much of what the measuring costs. */
const lookMs = 20

/** What one member sent and received, a second. */
export interface TrafficRate {
  readonly messages: number
  readonly bytes: number
}

export interface Background {
  readonly mean: TrafficRate
  readonly busiest: TrafficRate
}

type Node = SimulatedNode<SimulatedMember>

/** A group of many members in the simulated world, grown from three, and what is measured of it. */
export class LargeGroup {
  readonly world: World
  readonly group: SimulatedGroup

  constructor({ members, seed, quorum }: LargeGroupOptions) {
    this.world = new World({ seed, traceLines: 0 })
    const merging = quorum === 'none' ? { merging: viewMerging() } : {}
    this.group = new SimulatedGroup(this.world, { servers: members, configured, quorum, remembers: 1, ...merging })
    for (const node of this.group.servers.slice(configured)) node.crash()
  }

  get nodes(): readonly Node[] {
    return this.group.servers
  }

  get coordinator(): Node {
    const [first] = this.nodes.find((node) => node.isUp)!.process!.membership.record!.view.members
    return this.nodes.find(({ name }) => name === first!.name)!
  }

  /** Starts all, batch by batch, and waits until everybody has one view; milliseconds of the world. */
  grow(): number {
    const startMs = this.world.nowMs
    for (let from = configured; from < this.nodes.length; from += batch) {
      for (const node of this.nodes.slice(from, from + batch)) node.restart()
      this.pass(1_000)
    }
    this.settle()
    return this.world.nowMs - startMs
  }

  settle(): void {
    if (this.group.settle(120_000) === undefined) throw new Error('the group did not come together within two minutes')
  }

  pass(ms: number): void {
    const endMs = this.world.nowMs + ms
    while (this.world.nowMs < endMs) this.world.run(Math.min(endMs, this.world.nowMs + sliceMs))
  }

  /** Messages and bytes a second of one member, sent and received together, with nothing going on. */
  background(ms: number): Background {
    this.world.network.resetTraffic()
    this.pass(ms)
    const rates = this.nodes.map(({ name }) => {
      const { messagesSent, messagesReceived, bytesSent, bytesReceived } = this.world.network.traffic(name)
      const perSecond = (count: number) => (count * 1000) / ms
      const messages = messagesSent + messagesReceived
      return { messages: perSecond(messages), bytes: perSecond(bytesSent + bytesReceived + messages * headerBytes) }
    })
    const mean = (pick: (rate: TrafficRate) => number) =>
      rates.reduce((total, rate) => total + pick(rate), 0) / rates.length
    const most = (pick: (rate: TrafficRate) => number) => Math.max(...rates.map(pick))
    const [messages, bytes] = [(rate: TrafficRate) => rate.messages, (rate: TrafficRate) => rate.bytes]
    return {
      mean: { messages: mean(messages), bytes: mean(bytes) },
      busiest: { messages: most(messages), bytes: most(bytes) },
    }
  }

  /** How long until nobody's view has a member that ended in that way; milliseconds of the world. It comes back after. */
  detection(how: 'crash' | 'silent', victim: Node): number {
    const rest = this.nodes.filter((node) => node !== victim)
    const startMs = this.world.nowMs
    if (how === 'crash') victim.crash()
    else victim.pause()
    const isOut = ({ process }: Node) =>
      process!.membership.record?.view.members.every(({ name }) => name !== victim.name) ?? false
    if (!this.world.run(() => rest.every(isOut), { forMs: 60_000, everyMs: lookMs }))
      throw new Error(`${victim.name} was never expelled`)
    const tookMs = this.world.nowMs - startMs
    if (how === 'crash') victim.restart()
    else victim.resume()
    this.settle()
    this.pass(3_000)
    return tookMs
  }

  /** The coordinator, and others by chance: who is taken away one after the other. */
  victims(how: string, count: number): readonly (() => Node)[] {
    const random = this.world.random.fork(`victims ${how}`)
    const any = () => this.nodes[below(random, this.nodes.length)]!
    return [() => this.coordinator, ...Array.from({ length: count - 1 }, () => any)]
  }

  /** How often each was taken out of the view by others since it was started. */
  rejoins(nodes: readonly Node[] = this.nodes): number {
    return nodes.reduce((sum, { process }) => sum + (process?.rejoins ?? 0), 0)
  }

  /** A network that loses 5 % of all messages and takes 50 to 150 ms for most of the others (mean 75). */
  worsen(): void {
    const { network } = this.world
    network.options = { ...network.options, mode: 'datagram', loss: 0.05, delay: { minMs: 50, meanMs: 75 } }
  }

  /** Every third member pauses again and again, for 0.2 to 5 s, 5 to 25 s apart. */
  pauseAThird(): { readonly sleepers: readonly Node[]; readonly healthy: readonly Node[] } {
    const random = this.world.random.fork('pauses')
    const isSleeper = (_node: Node, at: number) => at % 3 === 1
    const sleepers = this.nodes.filter(isSleeper)
    const sleep = (node: Node): void => {
      this.world.after(5_000 + unit(random) * 20_000, () => {
        node.pause()
        this.world.after(200 + unit(random) * 4_800, () => {
          node.resume()
          sleep(node)
        })
      })
    }
    for (const node of sleepers) sleep(node)
    return { sleepers, healthy: this.nodes.filter((node, at) => !isSleeper(node, at)) }
  }
}
