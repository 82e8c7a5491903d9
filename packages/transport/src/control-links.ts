import type { Link, LinkEnd, LinkHandler, Logger, NetworkHandler, NodeName, Peer } from '@ring/platform'
import { writeFrame } from './link/handshaking.ts'
import type { SocketLink } from './link/socket-link.ts'

const messageType = 1
const goodbyeType = 2

export const controlFrameBytesMax = 4 * 1024 * 1024

/** So often in each detection time the links of slaves are looked at; */
const looksADetection = 2
/** and so many looks in a row that found nothing new end one. Counted, not timed: after a pause there is only one look. */
const silentLooks = 3

/**
 * The control links of a node: at most one that is in use for each peer. Where one end is a slave, it tells the server every
 * half second that it is there, and is answered: silence ends the link. Between servers it does so where this one goes on
 * sending in vain: membership probes whom it suspects, and would for ever ask over a link that the network forgot, and miss
 * what the others have decided meanwhile.
 */
export class ControlLinks {
  readonly #handler: NetworkHandler
  readonly #links = new Map<NodeName, ControlLink>()
  readonly #self: () => Peer
  readonly #options: { readonly detectMs: number; readonly logger: Logger }
  #looking: NodeJS.Timeout | undefined

  constructor(
    self: () => Peer,
    handler: NetworkHandler,
    options: { readonly detectMs: number; readonly logger: Logger },
  ) {
    this.#self = self
    this.#handler = handler
    this.#options = options
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
    this.#looking ??= setInterval(() => this.#look(), this.#options.detectMs / looksADetection).unref()
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
    this.#stopLooking()
  }

  #stopLooking(): void {
    clearInterval(this.#looking)
    this.#looking = undefined
  }

  #look(): void {
    if (this.#links.size === 0) this.#stopLooking()
    const isSlave = this.#self().role === 'slave'
    for (const link of this.#links.values()) {
      if (!link.isSilent(isSlave || link.peer.role === 'slave')) continue
      this.#options.logger.info(
        { event: 'link.silent', link: 'control', peer: link.peer.name, asks: link.dialledByUs },
        'nothing is heard on a control link: it is closed, and opened again when it is needed',
      )
      link.destroy()
    }
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
  #looksInVain = 0
  #hasSent = false

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
    this.#hasSent = true
    const frame = new Uint8Array(1 + body.length)
    frame[0] = type
    frame.set(body, 1)
    writeFrame(this.#link, frame)
  }

  /** Takes no part any more, but what is under way still arrives. */
  retire(): void {
    this.#link.close()
  }

  /**
   * To be asked at each look: whether the last ones have found nothing new.
   *
   * @param isAlwaysHeard the peer says something between any two looks, asked or not
   */
  isSilent(isAlwaysHeard: boolean): boolean {
    if (isAlwaysHeard || this.#hasSent) this.#looksInVain += 1
    this.#hasSent = false
    return this.#looksInVain > silentLooks
  }

  /** At once: nothing that was written can be waited for. */
  destroy(): void {
    this.#link.destroy()
  }

  leave(goodbye: boolean): void {
    if (goodbye) this.send(goodbyeType, new Uint8Array(0))
    this.#link.close()
  }

  onFrames(_link: Link, buffer: Uint8Array, start: number, end: number): void {
    this.#looksInVain = 0
    if (end - start < 5) return
    const type = buffer[start + 4]!
    if (type === messageType) this.#owner.onMessage(new Uint8Array(buffer.subarray(start + 5, end)))
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
