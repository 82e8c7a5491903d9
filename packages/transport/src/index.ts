/**
 * Ring's real network: framed links over TCP, TLS and UNIX sockets, each opened by an authenticated handshake.
 *
 * @packageDocumentation
 */

export { connectPlain } from './arrivals.ts'
export type { DialFailure } from './core/dial-turns.ts'
export type {
  Admission,
  HandshakeFailure,
  HandshakeOptions,
  HandshakeSide,
  HandshakeStep,
  IdentityCodec,
  Refusal,
} from './core/handshake.ts'
export { DialerHandshake, ListenerHandshake } from './core/handshake.ts'
export type { LinkKind } from './core/handshake-frames.ts'
export type { HandshakeCrypto } from './core/proof.ts'
export type { DialTarget } from './dial-targets.ts'
export type { Dialled, DialOptions } from './dialer.ts'
export { dialNode } from './dialer.ts'
export { FileDisk } from './disk/file-disk.ts'
export type { FileLock, LockOutcome } from './file-lock.ts'
export { lockFile } from './file-lock.ts'
export type { FrameBounds, FrameRuns, SplitOutcome } from './frame-splitter.ts'
export { FrameSplitter } from './frame-splitter.ts'
export type { HandshakeEnd, OpenedLink } from './handshaking.ts'
export { handshakeOn, writeFrame } from './handshaking.ts'
export { formatAddress, parseAddress } from './host-port.ts'
export type { NodeIdentity } from './identity-codec.ts'
export { identityCodec, nodeIdentityCodec } from './identity-codec.ts'
export { type MachineAddress, machineAddresses } from './machine-addresses.ts'
export { makeDirectory } from './make-directory.ts'
export type { MulticastSocketOptions } from './multicast-socket.ts'
export { multicastSocket } from './multicast-socket.ts'
export type { LookUp } from './name-lookup.ts'
export { findAccessAddresses, findNames } from './name-lookup.ts'
export { nodeCrypto } from './node-crypto.ts'
export type { DataDialled, NodeEndpointOptions } from './node-endpoint.ts'
export { NodeEndpoint } from './node-endpoint.ts'
export type { SocketLinkOptions } from './socket-link.ts'
export { SocketLink } from './socket-link.ts'
export { standardErrorLogger } from './standard-error-logger.ts'
export { systemClock } from './system-clock.ts'
export { systemRandom } from './system-random.ts'
export type { DialerTls } from './tls-contexts.ts'
export type { Certificate, TlsSettings } from './tls-settings.ts'
export type { UnixListener } from './unix-listener.ts'
export { checkSocketPath, listenUnix } from './unix-listener.ts'
