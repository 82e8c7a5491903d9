import type { Address, Clock, Incarnation, Logger, Network, NodeName, NodeRole, Peer, Random } from '@ring/platform'
import type { Answer, DiscoveryMessage } from './core/answer.ts'

/** Whom to ask, and for how long. */
export interface DiscoveryQuery {
  /** Where others may be; a protocol with ways of its own (multicast, a router) may know more. */
  readonly addresses: readonly Address[]
  readonly timeoutMs: number
  /** Whether the first answer of a member is enough: it names the coordinator. */
  readonly firstMemberIsEnough: boolean
}

/** A discovery protocol at work for one node. What it finds is a hint, never a fact: membership decides. */
export interface Discovery {
  /** Looks around; `found` is called once, unless another query or `stop` comes before. */
  find(query: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void
  /** A question or an answer arrived on a control link. */
  onMessage(from: Peer, message: DiscoveryMessage): void
  /** Idempotent; nothing is found, sent or answered after it. */
  stop(): void
}

/** What a discovery protocol is given by the node that it works for. */
export interface DiscoverySurroundings {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly logger: Logger
  readonly self: { readonly name: NodeName; readonly role: NodeRole; readonly address: Address }
  /** The present life; it changes with a rejoin. */
  readonly incarnation: () => Incarnation
  /** What this node says when it is asked; `undefined` when it does not answer (a slave, or on its way out). */
  readonly answer: () => Answer | undefined
  /** Another process of this node's name answered from there, in this life. */
  readonly nameTaken?: (remote: string, incarnation: Incarnation) => void
  /** Sends a discovery message on a control link; how it is encoded is the owner's business. */
  readonly send: (to: NodeName, message: DiscoveryMessage) => void
}

/** A protocol with its settings, ready to work for a node: `tcpping()`, or one of the user's own. */
export type DiscoveryProtocol = (surroundings: DiscoverySurroundings) => Discovery
