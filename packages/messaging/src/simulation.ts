/**
 * The cores of the data plane, for simulations of what stands on them: a relay, a program's end, and frames to give them.
 *
 * @packageDocumentation
 */
export {
  bodyStart,
  Flag,
  FrameType,
  headerBytes,
  lengthBytes,
  noPartition,
  Offset,
  readU32,
  writeHeader,
  writeU32,
} from './core/frames/frame-header.ts'
export { writeAsk } from './core/frames/gate-frames.ts'
export { StartPermit } from './core/program/answering/start-permit.ts'
export { ProgramEndpoint } from './core/program/program-endpoint.ts'
export { Relay } from './core/relay/relay.ts'
export type { RelayPort } from './core/relay/relay-port.ts'
export { type RelayRules, soundRelayRules } from './core/relay/rules.ts'
export { EndpointProgram } from './program.ts'
export { Pulse } from './pulse.ts'
export { decodeRouting } from './routing-notice.ts'
