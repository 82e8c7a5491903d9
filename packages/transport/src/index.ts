/**
 * Ring's real network: framed links over TCP, TLS and UNIX sockets, each opened by an authenticated handshake.
 *
 * @packageDocumentation
 */

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
export type { DialTarget } from './dialling/dial-targets.ts'
export type { Dialled, DialOptions } from './dialling/dialer.ts'
export { dialNode } from './dialling/dialer.ts'
export { formatAddress, parseAddress } from './dialling/host-port.ts'
export type { LookUp } from './dialling/name-lookup.ts'
export { findAccessAddresses, findNames } from './dialling/name-lookup.ts'
export { FileDisk } from './disk/file-disk.ts'
export { connectPlain } from './link/arrivals.ts'
export type { FrameBounds, FrameRuns, SplitOutcome } from './link/frame-splitter.ts'
export { FrameSplitter } from './link/frame-splitter.ts'
export type { HandshakeEnd, OpenedLink } from './link/handshaking.ts'
export { handshakeOn, writeFrame } from './link/handshaking.ts'
export type { NodeIdentity } from './link/identity-codec.ts'
export { identityCodec, nodeIdentityCodec } from './link/identity-codec.ts'
export type { SocketLinkOptions } from './link/socket-link.ts'
export { SocketLink } from './link/socket-link.ts'
export type { UnixListener } from './listening/unix-listener.ts'
export { checkSocketPath, listenUnix } from './listening/unix-listener.ts'
export type { FileLock, LockOutcome } from './machine/file-lock.ts'
export { lockFile } from './machine/file-lock.ts'
export { type MachineAddress, machineAddresses } from './machine/machine-addresses.ts'
export { makeDirectory } from './machine/make-directory.ts'
export type { MulticastSocketOptions } from './machine/multicast-socket.ts'
export { multicastSocket } from './machine/multicast-socket.ts'
export { nodeCrypto } from './machine/node-crypto.ts'
export { standardErrorLogger } from './machine/standard-error-logger.ts'
export { systemClock } from './machine/system-clock.ts'
export { systemRandom } from './machine/system-random.ts'
export type { DataDialled, NodeEndpointOptions } from './node-endpoint.ts'
export { NodeEndpoint } from './node-endpoint.ts'
export type { DialerTls } from './tls/tls-contexts.ts'
export { TlsContexts } from './tls/tls-contexts.ts'
export type { Certificate, TlsSettings } from './tls/tls-settings.ts'
