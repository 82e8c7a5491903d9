/**
 * The control port: CHMPX's text commands and replies as a pure parser and formatter, their JSON forms, a server and a client.
 *
 * @packageDocumentation
 */

export type { ControlBounds } from './control-bounds.ts'
export { defaultBounds } from './control-bounds.ts'
export type { AskOptions, ControlErrorCode } from './control-client.ts'
export { askControl, ControlError } from './control-client.ts'
export type { ControlListening } from './control-listener.ts'
export type { ControlCounts, ControlServerOptions } from './control-server.ts'
export { ControlServer } from './control-server.ts'
export type { CommandOption } from './core/commands/command-line.ts'
export type {
  Access,
  Command,
  CommandAnswer,
  CommandCall,
  CommandContext,
  CommandForm,
  CommandHandler,
  Report,
} from './core/commands/command-table.ts'
export { CommandTable } from './core/commands/command-table.ts'
export type { ChmpxCode, Outcome } from './core/commands/outcome.ts'
export { chmpxCodeOf, chmpxOutcome, failure } from './core/commands/outcome.ts'
export type { ServerAddress } from './core/commands/server-address.ts'
export { serverAddress, serversAt } from './core/commands/server-address.ts'
export type { ControlTarget, LifecycleCommand, LifecycleName, LifecycleOptions } from './core/control-target.ts'
export type { AllStatus } from './core/replies/all-status.ts'
export { allStatusOf, allStatusText, readAllStatus } from './core/replies/all-status.ts'
export { readDump } from './core/replies/dump-reading.ts'
export { dumpText } from './core/replies/dump-text.ts'
export { harmless } from './core/replies/harmless.ts'
export { jsonForm } from './core/replies/json-text.ts'
export { keptReply, readKeptReply } from './core/replies/kept-reply.ts'
export type { ListedNode } from './core/replies/node-values.ts'
export { ReplyFormatError } from './core/replies/reply-format-error.ts'
export type { SelfStatus } from './core/replies/self-status.ts'
export { readSelfStatus, selfStatusOf, selfStatusText } from './core/replies/self-status.ts'
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
export type { TraceDevice, TraceDirection, TraceFilter } from './core/trace-log.ts'
export { TraceLog } from './core/trace-log.ts'
export { readDumpReply, readOutcomeReply } from './json-replies.ts'
