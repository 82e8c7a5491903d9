/**
 * Ring's real network: framed links over TCP, TLS and UNIX sockets.
 *
 * @packageDocumentation
 */
export type { FrameBounds, FrameRuns, SplitOutcome } from './frame-splitter.ts'
export { FrameSplitter } from './frame-splitter.ts'
export type { SocketLinkOptions } from './socket-link.ts'
export { SocketLink } from './socket-link.ts'
export type { UnixListener } from './unix-listener.ts'
export { listenUnix } from './unix-listener.ts'
