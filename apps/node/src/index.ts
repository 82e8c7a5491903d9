/**
 * A node of a ring in one's own process: {@link startNode}. The daemon `ring-node` is this, with signals and logs.
 *
 * @packageDocumentation
 */
import { anObject, checkArguments, type Logger, optional } from '@ring/platform'
import { standardErrorLogger } from '@ring/transport'
import { RingNode } from './node.ts'
import type { NodeOptions } from './node-settings.ts'

export type { ConfigurationContent } from '@ring/config'
export type { Logger } from '@ring/platform'
export { silent } from '@ring/platform'
export type { CertificateStatus } from './certificate-check.ts'
export { NodeRunningError, NodeSetupError, NodeStoppedError, WitnessError } from './errors.ts'
export type { KeyStatus } from './key-standing.ts'
export { RingNode } from './node.ts'
export type { NodeOptions } from './node-settings.ts'
export { readSettings, runtimeDirectoryOf, settingsOf } from './node-settings.ts'
export type { Applied, NodeStatus } from './node-status.ts'
export type { GateView, NodePart, NodePartHost, PartControl, PartMetric } from './parts/node-part.ts'
export type { Recovered, RecoveryOutlook } from './recover.ts'
export { StoppedNode } from './recover.ts'
export type { ConfigurationChange } from './reload.ts'
export { whatChanges } from './reload.ts'
export type { DiscoveryName } from './ring-section.ts'
export { ringSection } from './ring-section.ts'

/**
 * Starts a node of the ring that the configuration describes. Without a `logger` warnings and errors go to standard error,
 * a line each, for people; `silent` says nothing.
 */
export async function startNode(options: NodeOptions & { readonly logger?: Logger }): Promise<RingNode> {
  checkArguments('startNode()', options, { logger: optional(anObject) })
  return await RingNode.start(options, options.logger ?? standardErrorLogger)
}
