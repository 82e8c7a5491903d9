/**
 * A node of a ring in one's own process: {@link startNode}. The daemon `ring-node` is this, with signals and logs.
 *
 * @packageDocumentation
 */
import { anObject, checkArguments, type Logger, optional } from '@ring/platform'
import { standardErrorLogger } from '@ring/transport'
import { RingNode } from './node.ts'
import type { NodeOptions } from './setup/node-settings.ts'

export type { ConfigurationContent } from '@ring/config'
export type { Logger } from '@ring/platform'
export { silent } from '@ring/platform'
export type { CertificateStatus } from './access/certificate-check.ts'
export type { KeyStatus } from './access/key-standing.ts'
export { NodeRunningError, NodeSetupError, NodeStoppedError, WitnessError } from './errors.ts'
export { RingNode } from './node.ts'
export type { Applied, NodeStatus } from './operator/node-status.ts'
export type { Recovered, RecoveryOutlook } from './operator/recover.ts'
export { StoppedNode } from './operator/recover.ts'
export type { GateView, NodePart, NodePartHost, PartControl, PartMetric } from './parts/node-part.ts'
export type { NodeOptions } from './setup/node-settings.ts'
export { readSettings, runtimeDirectoryOf, settingsOf } from './setup/node-settings.ts'
export type { ConfigurationChange } from './setup/reload.ts'
export { whatChanges } from './setup/reload.ts'
export type { DiscoveryName } from './setup/ring-section.ts'
export { ringSection } from './setup/ring-section.ts'

/**
 * Starts a node of the ring that the configuration describes. Without a `logger` warnings and errors go to standard error,
 * a line each, for people; `silent` says nothing.
 */
export async function startNode(options: NodeOptions & { readonly logger?: Logger }): Promise<RingNode> {
  checkArguments('startNode()', options, { logger: optional(anObject) })
  return await RingNode.start(options, options.logger ?? standardErrorLogger)
}
