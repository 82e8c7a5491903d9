import type { Address, Incarnation, NodeName, Peer } from './identity.ts'

/**
 * What dialling a node's own address came to. `refused` means that its machine answered that nobody listens there: the
 * process is gone, unless a firewall says so (rule M2). `wrong-peer` means that another name or group answered.
 */
export type DialOutcome =
  | { readonly kind: 'connected'; readonly peer: Peer }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'rejected'; readonly reason: string }

/** `goodbye`: the peer closed on purpose and said so. `lost`: anything else; not a death by itself. */
export type LinkEnd = 'goodbye' | 'lost'

/** What the network tells a control-plane protocol. All calls come from the event loop, never from within `send`. */
export interface NetworkHandler {
  onMessage(from: Peer, message: Uint8Array): void
  onLinkUp(peer: Peer): void
  onLinkDown(peer: Peer, end: LinkEnd): void
}

/**
 * The control plane between nodes: small messages, best effort, in order on one link. There is at most one control
 * link between two lives of nodes, whoever opened it; it is opened on demand and carries both directions.
 */
export interface Network {
  /** Tells where a name can be dialled; the newest word counts. */
  learn(name: NodeName, address: Address): void
  /** Sends to whichever life of `name` the link leads to. Dropped, silently, where no link can be had in time. */
  send(to: NodeName, message: Uint8Array): void
  /** Dials the address afresh, on a connection of its own, and closes it again. */
  probe(address: Address, timeoutMs: number, done: (outcome: DialOutcome) => void): void
  /** Whether a link to a life of `name` is open now. */
  isLinked(name: NodeName): boolean
  /** Closes the links to `name` (an expelled or older life). */
  disconnect(name: NodeName): void
  /** This node begins a new life: every link of the old one ends, and new ones speak for this incarnation. */
  beginLife(incarnation: Incarnation): void
}
