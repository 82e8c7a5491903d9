import type { AnySection, Configuration } from '@ring/config'
import type { ControlProtocol, GroupRecord, ProposeOptions, StatePart, ViewChange } from '@ring/gms'
import type { EmbedOptions, Program } from '@ring/messaging'
import type { Clock, DeliveryGate, Disk, Logger, NodeName, NodeRole, Random } from '@ring/platform'

/** Whether anything may pass to a program, to be looked at and not to be moved. */
export type GateView = Pick<DeliveryGate, 'state' | 'isOpen' | 'ofAccepted'>

/** Control messages of a part's own, between nodes. */
export interface PartControl {
  /**
   * Messages whose type begins with this prefix are the protocol's from now on. Other versions drop what they do not know.
   *
   * @returns ends it; the end of the node does, too
   * @throws RangeError when the prefix is somebody else's
   */
  connect<Message>(protocol: ControlProtocol<Message>): () => void
  /** Best effort; `type` begins with the prefix. */
  send(to: NodeName, message: { readonly type: string }): void
}

/** What a node gives one of its parts. */
export interface NodePartHost {
  readonly name: NodeName
  readonly role: NodeRole
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk | undefined
  readonly logger: Logger
  readonly gate: GateView
  /** The committed record as this node knows it; undefined before its first view. */
  readonly record: GroupRecord | undefined
  /** Whether this server holds a quorum lease at this very moment (rules M7, L1). */
  readonly isPrimary: boolean
  readonly control: PartControl
  /**
   * Wants something of the part's own share of the record; it is decided once for its `id`, which each call has one of its own
   * unless it is given.
   *
   * @returns what the part's `apply` answered, once that can be relied on
   * @throws OperationRefusedError, OperationNoQuorumError, OperationTimeoutError (it says whether it may have happened),
   *   OperationInvalidError, OperationUnsupportedError; the signal's reason
   */
  propose(body: unknown, options?: ProposeOptions & { readonly id?: string }): Promise<unknown>
  /** A program in this process; with `service` one of that service. */
  embed(options: EmbedOptions): Program
}

/** A number that a part shows under `/metrics`, or one for each value of a label. */
export interface PartMetric {
  /** `ring_` and the part's name, then what it counts. */
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly help: string
  readonly label?: string
  read(): number | Readonly<Record<string, number>>
}

/**
 * A capability that plugs into a node. Parts start in their order and are stopped in reverse; each is told of records and of
 * the delivery gate in the same order. What one throws is logged, and ends neither the node nor the others; only a part that
 * cannot start ends the start of its node.
 */
export interface NodePart {
  /** What it is called in logs. */
  readonly name: string
  /** Its share of the record: follows the view, and takes operations. */
  readonly state?: StatePart
  /** Its section of the configuration: read, checked, shown and reloaded like the others. */
  readonly section?: AnySection
  readonly metrics?: readonly PartMetric[]
  /** The configuration as the node was started with it, before `start`; then whenever it was read anew and is otherwise. */
  onConfiguration?(configuration: Configuration): void
  /** The node listens, and has not joined its ring yet: no record was told before. */
  start?(host: NodePartHost): void | Promise<void>
  /** Another record is committed. Messages go by it already. */
  onRecord?(record: GroupRecord, change: ViewChange): void
  /** What may pass to programs has changed; parts keep no boolean of it. */
  onDelivery?(gate: GateView): void
  /** The node is about to leave its ring, and serves as ever until this has ended. */
  leaving?(): Promise<void>
  /** The node has left its ring, and its messages have ended. Links are still open. */
  stop?(): void | Promise<void>
}
