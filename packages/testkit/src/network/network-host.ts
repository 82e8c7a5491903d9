import type { Address, Incarnation, LinkEnd, NetworkHandler, NodeName, NodeRole, Peer } from '@ring/platform'
import type { Life } from './life.ts'
import type { NodeTraffic } from './traffic.ts'

/** How a process shows itself to others on the control network. */
export interface NetworkIdentity {
  readonly incarnation: Incarnation
  readonly role: NodeRole
}

/** One life of a process on the network. It stays known to its links after its end, until they have noticed. */
export class NetworkHost {
  readonly peer: Peer
  readonly address: Address
  readonly life: Life
  readonly traffic: NodeTraffic
  readonly #handler: NetworkHandler

  constructor(peer: Peer, address: Address, life: Life, traffic: NodeTraffic, handler: NetworkHandler) {
    this.peer = peer
    this.address = address
    this.life = life
    this.traffic = traffic
    this.#handler = handler
  }

  get name(): NodeName {
    return this.peer.name
  }

  /** The same process in a new life of its node (it was expelled, and comes back). */
  reborn(incarnation: Incarnation): NetworkHost {
    return new NetworkHost({ ...this.peer, incarnation }, this.address, this.life, this.traffic, this.#handler)
  }

  onMessage(from: Peer, message: Uint8Array): void {
    this.traffic.control.received(message.length)
    this.life.deliver(() => {
      this.#handler.onMessage(from, message)
    })
  }

  onLinkUp(peer: Peer): void {
    this.life.deliver(() => {
      this.#handler.onLinkUp(peer)
    })
  }

  onLinkDown(peer: Peer, end: LinkEnd): void {
    this.life.deliver(() => {
      this.#handler.onLinkDown(peer, end)
    })
  }
}
