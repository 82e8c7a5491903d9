import { SimulatedGroup, type SimulatedMember } from '@ring/gms/simulation'
import { viewMerging } from '@ring/merge'
import { below } from '@ring/platform'
import { type SimulatedNode, World, type WorldOptions } from '@ring/testkit'

export interface LargeGroupOptions {
  readonly members: number
  readonly seed: number
  readonly quorum: 'none' | 'majority'
  readonly network?: WorldOptions['network']
}

/** How many processes are started together while a group grows. */
const batch = 100
/** Of them everybody knows the addresses. */
const configured = 3

/** The frame's own five bytes, and those of TCP and IP. */
const headerBytes = 5 + 52

/** What one member sent and received, a second. */
export interface TrafficRate {
  readonly messages: number
  readonly bytes: number
}

export interface Background {
  readonly mean: TrafficRate
  readonly busiest: TrafficRate
}

/** A group of many members in the simulated world, grown from three, and what is measured of it. */
export class LargeGroup {
  readonly world: World
  readonly group: SimulatedGroup

  constructor({ members, seed, quorum, network }: LargeGroupOptions) {
    this.world = new World({ seed, traceLines: 0, ...(network && { network }) })
    this.group = new SimulatedGroup(this.world, { servers: members, configured, quorum, merging: viewMerging() })
    for (const node of this.group.servers.slice(configured)) node.crash()
  }

  get nodes(): readonly SimulatedNode<SimulatedMember>[] {
    return this.group.servers
  }

  /** Starts all, batch by batch, and waits until everybody has one view; milliseconds of the world. */
  grow(): number {
    const startMs = this.world.nowMs
    for (let from = configured; from < this.nodes.length; from += batch) {
      for (const node of this.nodes.slice(from, from + batch)) node.restart()
      this.pass(1_000)
    }
    if (this.group.settle(60_000) === undefined) throw new Error('the group did not come together')
    return this.world.nowMs - startMs
  }

  pass(ms: number): void {
    this.world.run(this.world.nowMs + ms)
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
    const sum = (pick: (rate: TrafficRate) => number) => rates.reduce((total, rate) => total + pick(rate), 0)
    return {
      mean: {
        messages: sum(({ messages }) => messages) / rates.length,
        bytes: sum(({ bytes }) => bytes) / rates.length,
      },
      busiest: {
        messages: Math.max(...rates.map(({ messages }) => messages)),
        bytes: Math.max(...rates.map(({ bytes }) => bytes)),
      },
    }
  }

  /** How long until nobody's view has a member that ended in that way; milliseconds of the world. */
  detection(how: 'crash' | 'silent', at = 0): number {
    const random = this.world.random.fork(`victim ${how} ${at}`)
    const candidates = this.nodes.filter((node) => node.isUp && !node.isPaused)
    const victim = at === 0 ? candidates[below(random, candidates.length)]! : candidates[at]!
    const startMs = this.world.nowMs
    if (how === 'crash') victim.crash()
    else victim.pause()
    const rest = candidates.filter((node) => node !== victim)
    const isKnown = () =>
      rest.every(({ process }) => process!.membership.record?.view.members.every(({ name }) => name !== victim.name))
    if (!this.world.run(isKnown, { forMs: 60_000, everyMs: 20 })) throw new Error(`${victim.name} was never expelled`)
    return this.world.nowMs - startMs
  }

  /** Members that others took out of their view, as the running ones see it. */
  get rejoins(): number {
    return this.nodes.reduce((sum, { process }) => sum + (process?.rejoins ?? 0), 0)
  }
}
