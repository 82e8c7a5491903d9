import { isAddressedLane } from '../../choosing/credit-lanes.ts'
import { Offset, readU32, writeExchange } from '../../frames/frame-header.ts'
import { Status } from '../../frames/status.ts'
import { passToMembers } from '../fan-out/relay-fan-outs.ts'
import { refuse } from '../refusing.ts'
import { giveUp } from '../relay-endings.ts'
import type { RelayPort } from '../relay-port.ts'
import type { RelayState } from '../relay-state.ts'
import { sendBack } from '../waiting/sent-back.ts'
import { clear, verdictOf, waits } from '../waiting/verdict.ts'
import { noteChunk } from './unfinished-bodies.ts'

/** CHUNK: goes where its first frame went. Returns that link, the header rewritten; `null` when it goes nowhere now. */
export function passChunk(
  state: RelayState,
  port: RelayPort,
  bytes: Uint8Array,
  at: number,
  end: number,
): RelayPort | null {
  const slot = readU32(bytes, at + Offset.slot)
  const to = port.destination(slot, readU32(bytes, at + Offset.generation))
  if (to === null) {
    strayChunk(state, port, bytes, at, end)
    return null
  }
  const toSlot = port.wentToSlot[slot]!
  const lane = to.exchanges.laneOf(toSlot)
  if (to.kind === 'program' && state.rules.chunksAsk) {
    const verdict = verdictOf(state.gate.ofAccepted)
    const why = { kind: isAddressedLane(lane) ? 'addressed' : 'other', ifFull: Status.queueFull } as const
    if (verdict === waits && state.waiting.add(port, bytes, at, end, state.nowMs, why)) return null
    if (verdict !== clear) {
      // What of it waits is not to be taken for the beginning of a request.
      state.waiting.remove(port, slot, readU32(bytes, at + Offset.generation))
      giveUp(state, to, toSlot, verdict === waits ? Status.queueFull : verdict)
      return null
    }
  }
  // Where both know credit its window was kept free for it when it began.
  const hasWindow = port.knowsCredit && to.knowsCredit
  if (!hasWindow && !to.hasByteRoom(lane)) {
    giveUp(state, to, toSlot, Status.queueFull)
    return null
  }
  if (lane !== 0) to.exchanges.carry(toSlot, end - at)
  noteChunk(to, toSlot, bytes, at)
  writeExchange(bytes, at, toSlot, to.exchanges.slots.generation[toSlot]!)
  return to
}

/** Its first frame waits here, or went to several, or is over. */
function strayChunk(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number, end: number): void {
  const slot = readU32(bytes, at + Offset.slot)
  const generation = readU32(bytes, at + Offset.generation)
  const first = state.waiting.size === 0 ? undefined : state.waiting.find(port, slot, generation)
  if (first === undefined) {
    if (!passToMembers(state, port, bytes, at, end)) state.counters.staleFrames++
    return
  }
  // Without room for it, all of it is refused, as its first frame would have been.
  if (state.waiting.add(port, bytes, at, end, state.nowMs, first)) return
  state.waiting.remove(port, slot, generation)
  if (first.kind === 'fenced') sendBack(state, port, first.bytes, 0)
  else refuse(state, port, first.bytes, 0, first.ifFull)
}
