/**
 * The data plane of a ring: keyed messages from client programs, through nodes, to server programs and back.
 *
 * A program attaches to the node of its machine with {@link attachProgram}; a node makes its data plane with
 * {@link createMessaging} and is told by its owner where messages go.
 *
 * @packageDocumentation
 */

export type { Logger } from '@ring/platform'
export { ArgumentError, silent } from '@ring/platform'
export { systemClock } from '@ring/transport'
export type { AttachOptions } from './attach-program.ts'
export { attachProgram, programSocketName } from './attach-program.ts'
export type { Body } from './core/frames/body-bytes.ts'
export { maxFrameBytes as maxDataFrameBytes, maxKeyBytes, maxMessageBytes } from './core/frames/frame-header.ts'
export type { MaybeDeliveredReason, NotDeliveredReason } from './core/frames/status.ts'
export type { IncomingRequest } from './core/program/answering/incoming-request.ts'
export type { Answered, Handler } from './core/program/answering/responder.ts'
export type { Key } from './core/program/asking/key-route.ts'
export type { BroadcastAnswer } from './core/program/asking/pending-request.ts'
export type { PostCounters } from './core/program/asking/posts.ts'
export type { RequestOptions } from './core/program/asking/request-options.ts'
export { HandlerFailedError, MaybeDeliveredError, NotDeliveredError } from './core/program/errors.ts'
export type { ProgramRouting, ProgramServer } from './core/program/program-routing.ts'
export type { RefusedCounters, RelayCounters } from './core/relay/relay-counters.ts'
export type { DataDialer, DialAttempt, DialEvents, LinkAgreement } from './data-links.ts'
export type { DataPlane } from './data-plane.ts'
export { createDataPlane } from './data-plane.ts'
export type { AttachedProgram, DataPlaneOptions } from './data-plane-options.ts'
export type { EmbedOptions } from './embedded.ts'
export type { EventLoop } from './event-loop.ts'
export type { Messaging, MessagingOptions } from './node-messaging.ts'
export { createMessaging } from './node-messaging.ts'
export type { Program, ProgramCounters, ProgramRole } from './program.ts'
export type { ProgramIdentity } from './program-handshake.ts'
export type { ProgramDoor, ProgramListenerOptions } from './program-listener.ts'
export { listenForPrograms } from './program-listener.ts'
export type { PostOptions, Service, ServiceCalls } from './service-calls.ts'
