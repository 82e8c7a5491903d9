import type { GroupRecord, ViewChange } from '@ring/gms'
import type { EmbedOptions, Program } from '@ring/messaging'
import type { Clock, DeliveryGate, Disk, Logger, NodeName, NodeRole, Random } from '@ring/platform'

/** Whether anything may pass to a program, to be looked at and not to be moved. */
export type GateView = Pick<DeliveryGate, 'state' | 'isOpen' | 'ofAccepted'>

/** What a node gives its parts. */
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
  /** A program in this process. */
  embed(options: EmbedOptions): Program
}

/**
 * A capability that plugs into a node. Parts start in their order and are stopped in reverse; each is told of records and of
 * the delivery gate in the same order. What one throws is logged, and ends neither the node nor the others; only a part that
 * cannot start ends the start of its node.
 */
export interface NodePart {
  /** What it is called in logs. */
  readonly name: string
  /** The node listens, and has not joined its ring yet: no record was told before. */
  start?(host: NodePartHost): void | Promise<void>
  /** Another record is committed. Messages go by it already. */
  onRecord?(record: GroupRecord, change: ViewChange): void
  /** What may pass to programs has changed; parts keep no boolean of it. */
  onDelivery?(gate: GateView): void
  /** The node has left its ring, and its messages have ended. Links are still open. */
  stop?(): void | Promise<void>
}
