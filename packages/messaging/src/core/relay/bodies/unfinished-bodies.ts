import { windowBytes } from '../../frames/credit-frame.ts'
import { Flag, isKeyed, Offset, readU32, readU48, wholeBodyBytes } from '../../frames/frame-header.ts'
import { Status } from '../../frames/status.ts'
import { giveUp } from '../relay-endings.ts'
import type { RelayPort } from '../relay-port.ts'
import type { RelayState } from '../relay-state.ts'
import { clear, verdictOf, waits } from '../waiting/verdict.ts'
import type { UnfinishedBody } from './unfinished-body.ts'

/** Notes that more of this request follows, if so. */
export function noteBody(to: RelayPort, toSlot: number, bytes: Uint8Array, at: number): void {
  if ((bytes[at + Offset.flags]! & Flag.chunked) === 0) return
  to.exchanges.openWindow(toSlot, Math.min(wholeBodyBytes(bytes, at), windowBytes))
  if (to.kind !== 'program') return
  const partition = readU32(bytes, at + Offset.partition)
  to.exchanges.bodies.set(toSlot, { partition, stamp: readU48(bytes, at + Offset.tableVersion) })
}

/** With the last chunk the handler may begin. */
export function noteChunk(to: RelayPort, toSlot: number, bytes: Uint8Array, at: number): void {
  if ((bytes[at + Offset.flags]! & Flag.more) !== 0) return
  to.exchanges.closeWindow(toSlot)
  to.exchanges.bodies.delete(toSlot)
}

/**
 * The table changed: bodies of partitions that are another server's now are sent there again by their origins (rule D5), and those of
 * closing ones when it is known whose these are.
 */
export function endMovedBodies(state: RelayState): void {
  endBodies(state, ({ partition, stamp }) => {
    if (!isKeyed(partition)) return clear
    return state.fence.holds(partition) || state.servers.compare(partition, stamp) !== 'equal' ? Status.moved : clear
  })
}

/** The gate closed for good, as far as these are concerned (rules M3, K4). */
export function endRefusedBodies(state: RelayState): void {
  const verdict = verdictOf(state.gate.ofAccepted)
  if (verdict !== waits && verdict !== clear) endBodies(state, () => verdict)
}

function endBodies(state: RelayState, statusOf: (body: UnfinishedBody) => number): void {
  for (const port of state.ports) {
    for (const [slot, body] of [...port.exchanges.bodies]) {
      const status = statusOf(body)
      if (status !== clear) giveUp(state, port, slot, status)
    }
  }
}
