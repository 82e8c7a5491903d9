import {
  type DatagramHandler,
  type DatagramSource,
  datagramMaxBytes,
  type Multicast,
  type NodeName,
  type Random,
  unit,
} from '@ring/platform'
import type { Timeline } from '../time/simulated-clock.ts'
import type { TraceLine } from '../trace.ts'
import type { Connectivity } from './connectivity.ts'
import type { NetworkHost } from './network-host.ts'
import { drawDelayMs, type NetworkOptions } from './network-options.ts'
import type { Wires } from './wires.ts'

/** What datagrams need of the network around them. */
export interface DatagramPath {
  readonly timeline: Timeline
  readonly connectivity: Connectivity
  readonly options: NetworkOptions
  readonly wires: Wires
}

/** The machine and life behind a socket. */
type SocketHost = Pick<NetworkHost, 'name' | 'address' | 'life' | 'traffic'>

interface Socket {
  readonly host: SocketHost
  readonly source: DatagramSource
  readonly handler: DatagramHandler
}

const firstPort = 40_000

/**
 * The multicast groups of a world. Each listener gets, or does not get, a datagram for itself: loss, delay, duplication
 * and the order are drawn per receiver, and cuts and bandwidth are those of the control network.
 */
export class SimulatedMulticast {
  readonly #path: DatagramPath
  readonly #random: Random
  readonly #trace: (line: TraceLine) => void
  readonly #groups = new Map<string, Set<Socket>>()
  readonly #bySource = new Map<string, Socket>()
  #nextPort = firstPort

  constructor(path: DatagramPath, random: Random, trace: (line: TraceLine) => void) {
    this.#path = path
    this.#random = random
    this.#trace = trace
  }

  /** Opens a socket in a group; it closes with the life. Who casts hears itself, too. */
  join(group: string, host: SocketHost, handler: DatagramHandler): Multicast {
    const socket: Socket = { host, source: { host: hostPart(host.address), port: this.#nextPort++ }, handler }
    const members = this.#groups.get(group) ?? new Set<Socket>()
    this.#groups.set(group, members.add(socket))
    this.#bySource.set(sourceKey(socket.source), socket)
    const close = (): void => {
      members.delete(socket)
      this.#bySource.delete(sourceKey(socket.source))
      forgetLife()
    }
    const forgetLife = host.life.whenEnded(close)
    return {
      cast: (bytes) => {
        if (!this.#take(socket, bytes)) return
        const copy = bytes.slice()
        for (const to of members) this.#send(socket, to, copy)
      },
      answer: (source, bytes) => {
        if (!this.#take(socket, bytes)) return
        const to = this.#bySource.get(sourceKey(source))
        if (to !== undefined) this.#send(socket, to, bytes.slice())
      },
      close,
    }
  }

  /** Whether a socket may send at all; what it sends is counted. */
  #take(from: Socket, bytes: Uint8Array): boolean {
    if (bytes.length > datagramMaxBytes)
      throw new RangeError(`a datagram of ${bytes.length} bytes is too long: send at most ${datagramMaxBytes}`)
    if (!this.#isOpen(from)) return false
    from.host.traffic.multicast.sent(bytes.length)
    return true
  }

  #isOpen(socket: Socket): boolean {
    return this.#bySource.get(sourceKey(socket.source)) === socket
  }

  #send(from: Socket, to: Socket, bytes: Uint8Array): void {
    const { options, timeline, wires } = this.#path
    if (unit(this.#random) < (options.multicastLoss ?? options.loss)) {
      this.#trace(() => `lost multicast ${from.host.name} > ${to.host.name}`)
      return
    }
    const leftMs = datagramLeaves(this.#path, from.host.name, to.host.name, bytes.length)
    if (leftMs === undefined) return
    const copies = unit(this.#random) < options.duplication ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const delayMs = drawDelayMs(options, this.#random, from.host.name, to.host.name)
      timeline.queue.push(leftMs + delayMs, () => {
        if (!this.#path.connectivity.reaches(from.host.name, to.host.name)) return
        const inMs = wires.enter(
          this.#path.options.bandwidth,
          timeline.nowMs,
          from.host.name,
          to.host.name,
          bytes.length,
        )
        if (inMs <= timeline.nowMs) this.#deliver(from, to, bytes)
        else
          timeline.queue.push(inMs, () => {
            this.#deliver(from, to, bytes)
          })
      })
    }
  }

  #deliver(from: Socket, to: Socket, bytes: Uint8Array): void {
    if (!this.#isOpen(to)) return
    to.host.traffic.multicast.received(bytes.length)
    to.host.life.deliver(() => {
      if (this.#isOpen(to)) to.handler(bytes.slice(), from.source)
    })
  }
}

/** When a datagram has left its machine, or `undefined` where the queue before it is too long. */
export function datagramLeaves(path: DatagramPath, from: NodeName, to: NodeName, bytes: number): number | undefined {
  const { wires, options, timeline } = path
  const { bandwidth } = options
  if (!wires.isBounded(bandwidth, from, to)) return timeline.nowMs
  if (wires.waitMs(bandwidth, timeline.nowMs, from, to) > bandwidth.datagramWaitMaxMs) return undefined
  return wires.leave(bandwidth, timeline.nowMs, from, to, bytes)
}

function hostPart(address: string): string {
  const host = address.slice(0, Math.max(0, address.lastIndexOf(':')))
  return host.startsWith('[') ? host.slice(1, -1) : host
}

function sourceKey({ host, port }: DatagramSource): string {
  return `${host} ${port}`
}
