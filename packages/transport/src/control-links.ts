import type { Link, LinkEnd, LinkHandler, NetworkHandler, NodeName, Peer } from '@ring/platform'
import { writeFrame } from './handshaking.ts'
import type { SocketLink } from './socket-link.ts'

const messageType = 1
const goodbyeType = 2

export const controlFrameBytesMax = 4 * 1024 * 1024

/** The control links of a node: at most one that is in use for each peer. */
export class ControlLinks {
  readonly #handler: NetworkHandler
  readonly #links = new Map<NodeName, ControlLink>()
  readonly #self: () => Peer

  constructor(self: () => Peer, handler: NetworkHandler) {
    this.#self = self
    this.#handler = handler
  }

  has(name: NodeName): boolean {
    return this.#links.has(name)
  }

  send(name: NodeName, message: Uint8Array): boolean {
    const link = this.#links.get(name)
    link?.send(messageType, message)
    return link !== undefined
  }

  /** A handshake led to a control link, dialled by us or by the peer. */
  add(link: SocketLink, peer: Peer, dialledByUs: boolean): void {
    const added = new ControlLink(link, peer, dialledByUs, {
      onMessage: (message) => this.#handler.onMessage(peer, message),
      onEnd: (end) => this.#ended(added, end),
    })
    const before = this.#links.get(peer.name)
    if (before && !this.#replaces(added, before)) {
      added.retire()
      return
    }
    this.#links.set(peer.name, added)
    if (before) {
      before.retire()
      if (before.peer.incarnation === peer.incarnation) return
      this.#handler.onLinkDown(before.peer, 'lost')
    }
    this.#handler.onLinkUp(peer)
  }

  disconnect(name: NodeName): void {
    const link = this.#links.get(name)
    this.#links.delete(name)
    link?.retire()
  }

  /** Ends all links; with `goodbye` the peers know that it is on purpose. */
  close(goodbye: boolean): void {
    for (const link of this.#links.values()) link.leave(goodbye)
    this.#links.clear()
  }

  /** Of two links between the same lives the one that the smaller name dialled stays, on both sides. */
  #replaces(added: ControlLink, before: ControlLink): boolean {
    if (added.peer.incarnation !== before.peer.incarnation) return added.peer.incarnation > before.peer.incarnation
    if (added.dialledByUs === before.dialledByUs) return true
    const smallerIsUs = this.#self().name < added.peer.name
    return added.dialledByUs === smallerIsUs
  }

  #ended(link: ControlLink, end: LinkEnd): void {
    if (this.#links.get(link.peer.name) !== link) return
    this.#links.delete(link.peer.name)
    this.#handler.onLinkDown(link.peer, end)
  }
}

class ControlLink implements LinkHandler {
  readonly peer: Peer
  readonly dialledByUs: boolean
  readonly #link: SocketLink
  readonly #owner: { onMessage(message: Uint8Array): void; onEnd(end: LinkEnd): void }
  #end: LinkEnd = 'lost'

  constructor(
    link: SocketLink,
    peer: Peer,
    dialledByUs: boolean,
    owner: { onMessage(message: Uint8Array): void; onEnd(end: LinkEnd): void },
  ) {
    this.#link = link
    this.peer = peer
    this.dialledByUs = dialledByUs
    this.#owner = owner
    link.handOver(this, { maxFrameBytes: controlFrameBytesMax, oneByOne: true })
  }

  send(type: number, body: Uint8Array): void {
    const frame = new Uint8Array(1 + body.length)
    frame[0] = type
    frame.set(body, 1)
    writeFrame(this.#link, frame)
  }

  /** Takes no part any more, but what is under way still arrives. */
  retire(): void {
    this.#link.close()
  }

  leave(goodbye: boolean): void {
    if (goodbye) this.send(goodbyeType, new Uint8Array(0))
    this.#link.close()
  }

  onFrames(_link: Link, buffer: Uint8Array, start: number, end: number): void {
    if (end - start < 5) return
    const type = buffer[start + 4]!
    if (type === messageType) this.#owner.onMessage(buffer.subarray(start + 5, end))
    else if (type === goodbyeType) {
      this.#end = 'goodbye'
      this.#link.close()
    }
  }

  onDrain(): void {
    // Control messages are small and few; the unread bound of the link is enough.
  }

  onClosed(): void {
    this.#owner.onEnd(this.#end)
  }
}
