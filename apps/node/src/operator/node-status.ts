import type { GroupRecord, GroupStatus } from '@ring/gms'
import type { AttachedProgram } from '@ring/messaging'
import type { DeliveryState, Incarnation, NodeName, NodeRole } from '@ring/platform'
import type { CertificateStatus } from '../access/certificate-check.ts'
import type { KeyStatus } from '../access/key-standing.ts'
import type { ConfigurationChange } from '../setup/reload.ts'

/** Where a node stands; `ready` once it serves or can reach who serves. */
export interface NodeStatus {
  readonly name: NodeName
  readonly role: NodeRole
  readonly incarnation: Incarnation
  readonly group: GroupStatus
  readonly record: GroupRecord | undefined
  readonly programs: readonly AttachedProgram[]
  readonly ready: boolean
  /** What may pass to programs here now: `open`, or why nothing does. */
  readonly delivery: DeliveryState
  /** Votes, and serves nothing: ready means that it votes. */
  readonly witness: boolean
  readonly warnings: readonly string[]
  /** FILEVERSION and DATE of the configuration that was read last, and what of it waits for a restart. */
  readonly configuration: {
    readonly fileVersion: number
    readonly dateMs: number
    readonly needRestart: readonly string[]
  }
  /** The certificates in use, and until when they are good. */
  readonly certificates: readonly CertificateStatus[]
  /** Group keys that are accepted. */
  readonly keys: number
  /** By fingerprint; the first one signs. */
  readonly groupKeys: readonly KeyStatus[]
  /** What is wrong with the key file that is there now; the keys before it stay in use. */
  readonly keyProblems: readonly string[]
  /** Connections that did not become links, by reason. */
  readonly refusedPeers: Readonly<Record<string, number>>
  /** Dials of this node that somebody answered who did not let it in, by reason. */
  readonly rejectedDials: Readonly<Record<string, number>>
}

/** What became of a new configuration. */
export interface Applied extends ConfigurationChange {
  /** Keys or certificates that could not be used; the old ones stay. */
  readonly problems: readonly string[]
}
