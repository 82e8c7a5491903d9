import type { ServerReports, ServiceOperation, ServiceOutcome } from '@ring/merge'
import type { RelayCounters } from '@ring/messaging'
import type { Logger, NodeName, NodeRole } from '@ring/platform'
import type { TlsSettings } from '@ring/transport'
import type { NodeSettings } from '../../setup/node-settings.ts'
import type { NodeStatus } from '../node-status.ts'

/** A node as its control port operates it. */
export interface OperatedNode {
  readonly name: NodeName
  readonly role: NodeRole
  readonly status: NodeStatus
  /** What it was started with, and what it goes by now. */
  readonly settings: NodeSettings
  readonly latestSettings: NodeSettings
  readonly counters: RelayCounters
  readonly logger: Logger
  readonly tls: TlsSettings | undefined
  /** The slaves that take the record from this server. */
  readonly slaves: readonly NodeName[]
  /** What servers said of themselves last. */
  readonly reports: ServerReports | undefined
  operateService(wanted: ServiceOperation, signal?: AbortSignal): Promise<ServiceOutcome>
  reportAnew(): void
  onChange(listener: () => void): () => void
}
