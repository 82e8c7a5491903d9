import { Offset, readU32, writeExchange } from '../frames/frame-header.ts'
import { Status } from '../frames/status.ts'
import { passToMembers } from './fan-out/relay-fan-outs.ts'
import { refuse } from './refusing.ts'
import type { RelayPort } from './relay-port.ts'
import type { RelayState } from './relay-state.ts'

/** CANCEL: goes where its request went. Returns that link, the header rewritten; `null` when it was dealt with here. */
export function passCancel(
  state: RelayState,
  port: RelayPort,
  bytes: Uint8Array,
  at: number,
  end: number,
): RelayPort | null {
  const slot = readU32(bytes, at + Offset.slot)
  const generation = readU32(bytes, at + Offset.generation)
  const to = port.destination(slot, generation)
  if (to !== null) {
    const toSlot = port.wentToSlot[slot]!
    writeExchange(bytes, at, toSlot, to.exchanges.slots.generation[toSlot]!)
    return to
  }
  if (state.waiting.size > 0 && state.waiting.remove(port, slot, generation)) {
    refuse(state, port, bytes, at, Status.cancelled)
  } else if (!passToMembers(state, port, bytes, at, end)) state.counters.staleFrames++
  return null
}
