/**
 * The control port: CHMPX's text commands and replies as a pure parser and formatter, their JSON forms, a server and a client.
 *
 * @packageDocumentation
 */

export type { IdSeed } from './core/status/chmpx-id.ts'
export { chmpxId } from './core/status/chmpx-id.ts'
export type { DumpedConfiguration, IdType, NodeDump, TrafficReport } from './core/status/node-dump.ts'
export { noTraffic, slavesAlone } from './core/status/node-dump.ts'
export type { NodeMode, NodeReport, TlsReport } from './core/status/node-report.ts'
export { nodeLabel, noTls } from './core/status/node-report.ts'
export type {
  AttachedPrograms,
  MergeProgressReport,
  MergeReport,
  RecordPosition,
  RelayReport,
  RingInsight,
} from './core/status/ring-insight.ts'
export type { MergeProgress, RingAction, RingStanding, ServerState } from './core/status/server-state.ts'
export {
  isSafeState,
  stateBits,
  stateOfBits,
  stateOfText,
  stateText,
  stateWords,
} from './core/status/server-state.ts'
export type { UpdateTime } from './core/status/update-time.ts'
export { updateTimeMs, updateTimeOf, updateTimeOfText, updateTimeText } from './core/status/update-time.ts'
