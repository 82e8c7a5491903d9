import { Flag, isKeyed, Offset, readU32 } from '../frames/frame-header.ts'
import { Status } from '../frames/status.ts'
import { answerFailed } from './relay-answers.ts'
import type { RelayPort } from './relay-port.ts'
import type { RelayState } from './relay-state.ts'
import { fencedHash } from './waiting/order-fences.ts'

/** Refuses a request; if it is to come again, nothing of its key goes before it. */
export function refuseInOrder(
  state: RelayState,
  port: RelayPort,
  bytes: Uint8Array,
  at: number,
  status: number,
  server: number,
): void {
  const isKept = (bytes[at + Offset.flags]! & Flag.waitsDown) !== 0
  // What is "moved" is told by its stamp, as all that follows it.
  if (isKept && status !== Status.moved && isKeyed(readU32(bytes, at + Offset.partition))) {
    port.fences.raise(fencedHash(bytes, at), readU32(bytes, at + Offset.requestId), status, state.nowMs)
  }
  refuse(state, port, bytes, at, status, server)
}

/**
 * Answers a request that is not passed on.
 *
 * @param server at which it failed, as its place in the routing; this node unless it is another
 */
export function refuse(
  state: RelayState,
  port: RelayPort,
  bytes: Uint8Array,
  at: number,
  status: number,
  server = state.servers.selfIndex,
): void {
  const version = status === Status.moved ? state.movedVersion(readU32(bytes, at + Offset.partition)) : 0
  answerFailed(
    state.counters,
    port,
    readU32(bytes, at + Offset.slot),
    readU32(bytes, at + Offset.generation),
    readU32(bytes, at + Offset.requestId),
    status,
    { server, version, notLast: false, stamp: 0 },
  )
}
