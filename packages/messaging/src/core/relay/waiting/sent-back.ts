import { isKeyed, Offset, readU32 } from '../../frames/frame-header.ts'
import { namesService, serviceLow } from '../../frames/service-id.ts'
import { Status } from '../../frames/status.ts'
import { refuse } from '../refusing.ts'
import type { RelayPort } from '../relay-port.ts'
import type { RelayState } from '../relay-state.ts'

/**
 * Gives a request of a moving partition back to its origin, which keeps it, in order, until it may come again. What follows of that
 * partition and service on this link goes the same way until it has: it may be on its way already, and by the time that it
 * arrives there may be room, or nothing to wait for (K2).
 */
export function sendBack(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): void {
  noteSentBack(state, port, bytes, at)
  refuse(state, port, bytes, at, Status.moved)
}

export function noteSentBack(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): void {
  if (!state.rules.sentBackInOrder) return
  port.sentBack.raise(rowHash(bytes, at), readU32(bytes, at + Offset.requestId), Status.moved, state.nowMs)
}

/** Whether the request at `at` has to come after one that was sent back; then it was sent back, too. */
export function followsWhatWasSentBack(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): boolean {
  if (!isKeyed(readU32(bytes, at + Offset.partition))) return false
  const why = port.sentBack.refusal(rowHash(bytes, at), readU32(bytes, at + Offset.requestId))
  if (why !== 0) refuse(state, port, bytes, at, why)
  return why !== 0
}

/** What calls have in common that their origin holds together: the partition, and the service. */
function rowHash(bytes: Uint8Array, at: number): number {
  const partition = readU32(bytes, at + Offset.partition)
  return namesService(bytes, at) ? (partition ^ Math.imul(serviceLow(bytes, at), 0x9e3779b1)) >>> 0 : partition
}
