import type { Address, DialOutcome, Network, NodeName } from '@ring/platform'
import { type DatagramHandler, type Multicast, unit } from '@ring/platform'
import type { SeededRandom } from '../time/seeded-random.ts'
import type { Timeline } from '../time/simulated-clock.ts'
import type { TraceLine } from '../trace.ts'
import { Connectivity } from './connectivity.ts'
import { ControlLink, type ControlLinkOwner } from './control-link.ts'
import type { NetworkHost } from './network-host.ts'
import { defaultNetworkOptions, drawDelayMs, type NetworkOptions } from './network-options.ts'
import type { SimulatedLink } from './simulated-link.ts'
import { type DatagramPath, datagramLeaves, SimulatedMulticast } from './simulated-multicast.ts'
import type { StreamPath } from './stream.ts'
import { type Plane, type Traffic, TrafficBook } from './traffic.ts'
import { Wires } from './wires.ts'

/** A dial under way, and what is to be sent when it has succeeded. */
interface Dialling {
  readonly waiting: Uint8Array[]
}

/** At most this many messages wait for a link; more are dropped, as a real control link's bounded queue does. */
const waitingMessagesMax = 1_000

/** What one life holds on the network. */
interface Attachment {
  readonly host: NetworkHost
  readonly links: Map<NodeName, ControlLink>
  readonly dialling: Map<NodeName, Dialling>
  readonly learned: Map<NodeName, Address>
}

/** The control network of a world; `options` and `connectivity` may be changed while it runs. */
export class SimulatedNetwork implements StreamPath, DatagramPath, ControlLinkOwner {
  readonly timeline: Timeline
  readonly random: SeededRandom
  readonly connectivity = new Connectivity()
  readonly wires = new Wires()
  readonly book = new TrafficBook()
  readonly #multicast: SimulatedMulticast
  readonly #attached = new Map<NodeName, Attachment>()
  readonly #nameAt = new Map<Address, NodeName>()
  readonly #trace: (line: TraceLine) => void
  /** Both ends of the data links between two nodes; those that are closed go when the next one opens. */
  readonly #dataLinks = new Map<string, readonly SimulatedLink[]>()
  options: NetworkOptions

  constructor(
    timeline: Timeline,
    random: SeededRandom,
    trace: (line: TraceLine) => void,
    options?: Partial<NetworkOptions>,
  ) {
    this.timeline = timeline
    this.random = random
    this.#trace = trace
    this.options = { ...defaultNetworkOptions, ...options }
    this.#multicast = new SimulatedMulticast(this, random.fork('multicast'), trace)
  }

  /** What a node sent and received since the last reset, over all its lives: on one plane, or on all. */
  traffic(name: NodeName, plane?: Plane): Traffic {
    return this.book.of(name).sum(plane && [plane])
  }

  /** Sets the counters of one node, or of all, to 0. */
  resetTraffic(name?: NodeName): void {
    if (name === undefined) this.book.reset()
    else this.book.of(name).reset()
  }

  /** Opens a multicast socket for a life. */
  joinMulticast(
    group: string,
    host: Pick<NetworkHost, 'name' | 'address' | 'life' | 'traffic'>,
    handler: DatagramHandler,
  ): Multicast {
    return this.#multicast.join(group, host, handler)
  }

  /** A data link was opened between two nodes. */
  opened(one: NodeName, other: NodeName, ends: readonly SimulatedLink[]): void {
    const pair = pairOf(one, other)
    const before = this.#dataLinks.get(pair)?.filter((end) => !end.isClosed) ?? []
    this.#dataLinks.set(pair, [...before, ...ends])
  }

  /** The links that are open between two nodes go silent: nothing comes through, and nobody hears of it. New ones are not. */
  silence(plane: 'data' | 'control', one: NodeName, other: NodeName): void {
    if (plane === 'data') for (const end of this.#dataLinks.get(pairOf(one, other)) ?? []) end.fallSilent()
    else this.#attached.get(one)?.links.get(other)?.fallSilent()
  }

  endClosed(link: ControlLink, host: NetworkHost, other: NetworkHost): void {
    const attachment = this.#attached.get(host.name)
    if (attachment?.links.get(other.name) === link) attachment.links.delete(other.name)
  }

  /** Tells at which address a node's machine stands, whether its process runs or not. */
  place(name: NodeName, address: Address): void {
    this.#nameAt.set(address, name)
  }

  /** Brings a life onto the network; it leaves by itself when it ends. */
  attach(host: NetworkHost): Network {
    let attachment: Attachment = { host, links: new Map(), dialling: new Map(), learned: new Map() }
    this.#attached.set(host.name, attachment)
    host.life.whenEnded(() => {
      this.#detach(attachment)
    })
    return {
      learn: (name, address) => {
        attachment.learned.set(name, address)
      },
      send: (to, message) => {
        this.#send(attachment, to, attachment.learned.get(to), message)
      },
      probe: (address, timeoutMs, done) => {
        this.#probe(attachment, address, timeoutMs, done)
      },
      isLinked: (name) => attachment.links.has(name),
      disconnect: (name) => {
        attachment.links.get(name)?.break()
      },
      beginLife: (incarnation) => {
        const { learned } = attachment
        this.#detach(attachment)
        attachment = { host: attachment.host.reborn(incarnation), links: new Map(), dialling: new Map(), learned }
        this.#attached.set(host.name, attachment)
      },
    }
  }

  /** A life stops on purpose: it says GOODBYE on all its links. To be called before the life ends. */
  sayGoodbye(name: NodeName): void {
    const attachment = this.#attached.get(name)
    if (attachment === undefined) return
    for (const link of [...attachment.links.values()]) link.sayGoodbye(attachment.host)
  }

  #detach(attachment: Attachment): void {
    const { host } = attachment
    if (this.#attached.get(host.name) === attachment) this.#attached.delete(host.name)
    attachment.dialling.clear()
    for (const [far, link] of [...attachment.links]) link.reset(host, this.connectivity.reaches(host.name, far))
  }

  #send(from: Attachment, to: NodeName, at: Address | undefined, message: Uint8Array): void {
    if (!from.host.life.isAlive) return
    // A name that was moved to the address of another machine leads there, as it would in reality.
    const name = at === undefined ? to : (this.#nameAt.get(at) ?? to)
    if (name === from.host.name) return
    if (this.options.mode === 'datagram') {
      this.#sendDatagram(from.host, name, message)
      return
    }
    const link = from.links.get(name)
    if (link !== undefined) this.#sendOnLink(from.host, link, message)
    else this.#dial(from, name, message)
  }

  #sendDatagram(from: NetworkHost, to: NodeName, message: Uint8Array): void {
    from.traffic.control.sent(message.length)
    if (unit(this.random) < this.options.loss) {
      this.#trace(() => `lost ${from.name} > ${to}`)
      return
    }
    const copies = unit(this.random) < this.options.duplication ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const bytes = message.slice()
      const delayMs = drawDelayMs(this.options, this.random, from.name, to)
      const leftMs = datagramLeaves(this, from.name, to, bytes.length)
      if (leftMs === undefined) continue
      this.timeline.queue.push(leftMs + delayMs, () => {
        if (this.connectivity.reaches(from.name, to)) this.#enter(from, to, bytes)
      })
    }
  }

  /** A datagram has come to its machine, which may be busy with others. */
  #enter(from: NetworkHost, to: NodeName, bytes: Uint8Array): void {
    const inMs = this.wires.enter(this.options.bandwidth, this.timeline.nowMs, from.name, to, bytes.length)
    if (inMs <= this.timeline.nowMs) this.#attached.get(to)?.host.onMessage(from.peer, bytes)
    else
      this.timeline.queue.push(inMs, () => {
        this.#attached.get(to)?.host.onMessage(from.peer, bytes)
      })
  }

  #sendOnLink(from: NetworkHost, link: ControlLink, message: Uint8Array): void {
    if (unit(this.random) < this.options.loss) link.break()
    else link.send(from, message)
  }

  #dial(from: Attachment, to: NodeName, message: Uint8Array): void {
    const under = from.dialling.get(to)
    if (under !== undefined) {
      if (under.waiting.length < waitingMessagesMax) under.waiting.push(message.slice())
      return
    }
    const dialling: Dialling = { waiting: [message.slice()] }
    from.dialling.set(to, dialling)
    this.#handshake(from.host, to, this.options.breakAfterMs, (outcome) => {
      if (from.dialling.get(to) !== dialling) return
      from.dialling.delete(to)
      const far = this.#attached.get(to)
      if (outcome.kind !== 'connected' || far === undefined) return
      const link = this.#connect(from, far)
      for (const bytes of dialling.waiting) link.send(from.host, bytes)
    })
  }

  /** The one link between two lives; both may have dialled. */
  #connect(from: Attachment, far: Attachment): ControlLink {
    const existing = from.links.get(far.host.name)
    if (existing !== undefined) return existing
    const link = new ControlLink(this, from.host, far.host, this)
    // The far side may still hold a link to an earlier life of this node: the newer life proves it gone.
    far.links.get(from.host.name)?.break()
    from.links.set(far.host.name, link)
    far.links.set(from.host.name, link)
    this.#trace(() => `link ${from.host.name} - ${far.host.name}`)
    // Behind the word that an older link is down, which is under way in a turn of its own.
    this.timeline.queue.push(this.timeline.nowMs, () => {
      from.host.onLinkUp(far.host.peer)
      far.host.onLinkUp(from.host.peer)
    })
    return link
  }

  #probe(from: Attachment, address: Address, timeoutMs: number, done: (outcome: DialOutcome) => void): void {
    const to = this.#nameAt.get(address)
    if (to === undefined) {
      this.timeline.queue.push(this.timeline.nowMs + timeoutMs, () => {
        from.host.life.deliver(() => {
          done({ kind: 'unreachable' })
        })
      })
      return
    }
    this.#handshake(from.host, to, timeoutMs, done)
  }

  /** Dials: there and back on both ways, with a process that answers at the far end. */
  #handshake(from: NetworkHost, to: NodeName, timeoutMs: number, done: (outcome: DialOutcome) => void): void {
    const startMs = this.timeline.nowMs
    from.traffic.control.dials++
    const there = drawDelayMs(this.options, this.random, from.name, to)
    const back = drawDelayMs(this.options, this.random, to, from.name)
    const end = (atMs: number, outcome: () => DialOutcome): void => {
      this.timeline.queue.push(atMs, () => {
        from.life.deliver(() => {
          done(outcome())
        })
      })
    }
    const tooLate = startMs + timeoutMs
    this.timeline.queue.push(Math.min(tooLate, startMs + there), () => {
      const open = this.connectivity.reaches(from.name, to) && this.connectivity.reaches(to, from.name)
      const backAtMs = this.timeline.nowMs + back
      const far = this.#attached.get(to)
      const shut = this.connectivity.shutAt(to)
      if (this.connectivity.refuses(from.name, to) || (open && shut === 'refuses'))
        end(this.timeline.nowMs, () => ({ kind: 'refused' }))
      else if (!open || shut === 'ignores' || backAtMs > tooLate || far?.host.life.isRunning === false)
        end(tooLate, () => ({ kind: 'unreachable' }))
      else if (far === undefined) end(backAtMs, () => ({ kind: 'refused' }))
      else end(backAtMs, () => this.#answer(from, far))
    })
  }

  #answer(from: NetworkHost, far: Attachment): DialOutcome {
    const open = this.connectivity.reaches(from.name, far.host.name)
    const isThere = this.#attached.get(far.host.name) === far
    return open && isThere ? { kind: 'connected', peer: far.host.peer } : { kind: 'unreachable' }
  }
}

function pairOf(one: NodeName, other: NodeName): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`
}
