import type { NodeName } from '@ring/platform'

/** What one node sent and received since the last reset. Bytes are those of the messages: headers count nothing. */
export interface Traffic {
  readonly messagesSent: number
  readonly bytesSent: number
  readonly messagesReceived: number
  readonly bytesReceived: number
  /** Connections that the node tried to open, for links and for probes. */
  readonly dials: number
}

/**
 * Where messages travel: control messages, multicast datagrams (answers to them included; one datagram to the group
 * counts once for who sends it), and chunks of bytes on data links.
 */
export type Plane = 'control' | 'multicast' | 'data'

/** The counters of one node on one plane. */
export class Tally implements Traffic {
  messagesSent = 0
  bytesSent = 0
  messagesReceived = 0
  bytesReceived = 0
  dials = 0

  sent(bytes: number): void {
    this.messagesSent++
    this.bytesSent += bytes
  }

  received(bytes: number): void {
    this.messagesReceived++
    this.bytesReceived += bytes
  }
}

/** The counters of one node. */
export class NodeTraffic {
  readonly control = new Tally()
  readonly multicast = new Tally()
  readonly data = new Tally()

  /** A copy of the counters of some planes, added up. */
  sum(planes: readonly Plane[] = ['control', 'multicast', 'data']): Traffic {
    const sum = (key: keyof Traffic): number => planes.reduce((before, plane) => before + this[plane][key], 0)
    return {
      messagesSent: sum('messagesSent'),
      bytesSent: sum('bytesSent'),
      messagesReceived: sum('messagesReceived'),
      bytesReceived: sum('bytesReceived'),
      dials: sum('dials'),
    }
  }

  reset(): void {
    for (const tally of [this.control, this.multicast, this.data]) Object.assign(tally, new Tally())
  }
}

/** The counters of all nodes of a network. */
export class TrafficBook {
  readonly #nodes = new Map<NodeName, NodeTraffic>()

  of(name: NodeName): NodeTraffic {
    let traffic = this.#nodes.get(name)
    if (traffic === undefined) this.#nodes.set(name, (traffic = new NodeTraffic()))
    return traffic
  }

  reset(): void {
    for (const traffic of this.#nodes.values()) traffic.reset()
  }
}
