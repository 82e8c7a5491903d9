import {
  Flag,
  FrameType,
  headerBytes,
  Offset,
  writeExchange,
  writeHeader,
  writeU32,
  writeU48,
} from '../frames/frame-header.ts'
import { countRefusal, type RelayCounters } from './relay-counters.ts'
import { noIndex, type RelayPort } from './relay-port.ts'

const scratch = new Uint8Array(headerBytes)

/** Ends an exchange towards the link that asked for it, in the relay's own name. */
export function answerFailed(
  counters: RelayCounters,
  to: RelayPort,
  slot: number,
  generation: number,
  requestId: number,
  status: number,
  details: FailedDetails = plain,
): void {
  countRefusal(counters.refused, status)
  if (!to.isOpen) return
  writeHeader(scratch, 0, FrameType.failed, details.notLast ? Flag.notLast : 0, 0)
  writeExchange(scratch, 0, slot, generation)
  writeU32(scratch, Offset.requestId, requestId)
  writeU32(scratch, Offset.server, details.server === noIndex ? 0xffff_ffff : details.server)
  writeU32(scratch, Offset.status, status)
  writeU32(scratch, Offset.stamp, details.stamp)
  writeU48(scratch, Offset.tableVersion, details.version)
  to.link.write(scratch, 0, headerBytes)
}

export interface FailedDetails {
  /** The server it failed at, as its place in the routing. */
  readonly server: number
  /** Of MOVED: the version at this node. */
  readonly version: number
  readonly notLast: boolean
  /** Of a fan-out: the routing in which `server` counts. Otherwise 0. */
  readonly stamp: number
}

const plain: FailedDetails = { server: noIndex, version: 0, notLast: false, stamp: 0 }

/** Tells the destination of an exchange that nobody waits for it any more. */
export function sendCancel(to: RelayPort, slot: number, generation: number, requestId: number): void {
  if (!to.isOpen) return
  writeHeader(scratch, 0, FrameType.cancel, 0, 0)
  writeExchange(scratch, 0, slot, generation)
  writeU32(scratch, Offset.requestId, requestId)
  to.link.write(scratch, 0, headerBytes)
}
