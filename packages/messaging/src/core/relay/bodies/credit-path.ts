import { withoutLimit, writeCredit } from '../../frames/credit-frame.ts'
import { Flag, FrameType, Offset, readU32, writeExchange } from '../../frames/frame-header.ts'
import type { RelayPort } from '../relay-port.ts'
import type { RelayState } from '../relay-state.ts'

/** CREDIT: goes back the way its request came. Returns that link, the header rewritten; `null` drops it. */
export function passCredit(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): RelayPort | null {
  const { exchanges } = port
  const slot = readU32(bytes, at + Offset.slot)
  if (!exchanges.isOpen(slot, readU32(bytes, at + Offset.generation))) {
    state.counters.staleAnswers++
    return null
  }
  const to = exchanges.from[slot]!
  // The body of a fan-out goes to several; its sender was told not to wait for any.
  if (!to.isOpen || !to.knowsCredit || exchanges.fans.has(slot)) return null
  writeExchange(bytes, at, exchanges.fromSlot[slot]!, exchanges.fromGeneration[slot]!)
  return to
}

/** REPLY_CREDIT: goes where the request went. */
export function passReplyCredit(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): RelayPort | null {
  const slot = readU32(bytes, at + Offset.slot)
  const to = port.destination(slot, readU32(bytes, at + Offset.generation))
  if (to === null) {
    state.counters.staleFrames++
    return null
  }
  if (!to.knowsCredit) return null
  const toSlot = port.wentToSlot[slot]!
  writeExchange(bytes, at, toSlot, to.exchanges.slots.generation[toSlot]!)
  return to
}

/** The first frame of a request goes where credit is not known, or to several: its sender need not wait for any. */
export function freeRequest(port: RelayPort, to: RelayPort | null, bytes: Uint8Array, at: number): void {
  if (to?.knowsCredit !== true) free(port, FrameType.credit, bytes, at)
}

/** Likewise the first frame of an answer, whose header has not been rewritten. */
export function freeAnswer(port: RelayPort, to: RelayPort, isOfFanOut: boolean, bytes: Uint8Array, at: number): void {
  if (!to.knowsCredit || isOfFanOut) free(port, FrameType.replyCredit, bytes, at)
}

function free(port: RelayPort, type: number, bytes: Uint8Array, at: number): void {
  if (!port.knowsCredit || (bytes[at + Offset.flags]! & Flag.chunked) === 0) return
  writeCredit(port.link, type, readU32(bytes, at + Offset.slot), readU32(bytes, at + Offset.generation), withoutLimit)
}
