import type { DiscoveryProtocol } from '@ring/discovery'
import type { DataDialer, DataPlane, EventLoop, LinkAgreement } from '@ring/messaging'
import type {
  Clock,
  Disk,
  Incarnation,
  Link,
  LinkHandler,
  Logger,
  Network,
  NetworkHandler,
  Peer,
  Random,
} from '@ring/platform'
import type { Refusal } from '@ring/transport'
import type { NodePart } from '../parts/node-part.ts'

/** What a node has around it: the machine's, or a simulated world's. */
export interface NodeSurroundings {
  readonly clock: Clock
  readonly random: Random
  /** Where lives, promises and records are kept; undefined: nowhere. */
  readonly disk: Disk | undefined
  readonly logger: Logger
  readonly discovery: NodeFinding
  /** The turns of embedded programs; default: those of this process. */
  readonly loop?: EventLoop
  /** Makes the node's way to the others, for its first life. Nothing passes there before it is started. */
  network(life: Incarnation, owner: NetworkOwner): NodeNetwork
  /** Opens where programs attach. */
  openTo(plane: DataPlane): Promise<ProgramEntrance>
  /** Run in this order, stopped in reverse. */
  readonly parts?: readonly NodePart[]
}

/** How others are found, and what this node hosts so that they can be. */
export interface NodeFinding {
  readonly protocol: DiscoveryProtocol
  /** Comes before the node looks around. */
  start(): Promise<void>
  stop(): void
}

/** The control links and data links of a node. */
export interface NodeNetwork {
  readonly control: Network
  readonly dialer: DataDialer
  /** Listens, where the node is a server. */
  start(): Promise<void>
  /** The last that a node closes. */
  stop(): void
}

/** Who hears of a node's network. */
export interface NetworkOwner extends NetworkHandler {
  /** A peer has opened a data link, after its handshake; the answer handles its frames. */
  onDataLink(peer: Peer, link: Link, agreed: LinkAgreement): LinkHandler
  /** Why a life may not exchange data, though it may talk; undefined: it may. */
  lifeRefusal(peer: Peer): Refusal | undefined
  /** Another process answers there under this node's name. */
  nameTaken(remote: string, life: Incarnation): void
}

/** Where programs attach. */
export interface ProgramEntrance {
  /** Whether programs find it. */
  readonly isThere: boolean
  close(): Promise<void>
}
