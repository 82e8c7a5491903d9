import { ackPairBytes } from './ack-gathering.ts'
import { Flag, FrameType, Offset, readU32, writeExchange, writeU32 } from './frame-header.ts'
import { settleMember } from './relay-fan-outs.ts'
import { noIndex, type RelayPort } from './relay-port.ts'
import type { RelayState } from './relay-state.ts'

/** Turns an answer back the way its request came: returns its link, the header rewritten; `null` drops it. */
export function passAnswer(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): RelayPort | null {
  const { exchanges } = port
  const slot = readU32(bytes, at + Offset.slot)
  if (!exchanges.isOpen(slot, readU32(bytes, at + Offset.generation))) {
    state.counters.staleAnswers++
    return null
  }
  const to = exchanges.from[slot]!
  const isLast = bytes[at + Offset.type] === FrameType.failed || (bytes[at + Offset.flags]! & Flag.more) === 0
  writeExchange(bytes, at, exchanges.fromSlot[slot]!, exchanges.fromGeneration[slot]!)
  const server = port.kind === 'server' ? port.serverIndex : state.servers.selfIndex
  if (server !== noIndex) writeU32(bytes, at + Offset.server, server)
  if (isLast) {
    if (exchanges.fans.size > 0) markNotLast(port, to, slot, bytes, at)
    exchanges.end(slot)
    state.counters.answers++
  }
  if (to.isOpen) return to
  state.counters.answersWithoutAsker++
  return null
}

/** Takes an ACK apart: each pair is gathered for the link that asked. */
export function passAcknowledgements(
  state: RelayState,
  port: RelayPort,
  bytes: Uint8Array,
  from: number,
  end: number,
): void {
  const { exchanges } = port
  for (let at = from; at + ackPairBytes <= end; at += ackPairBytes) {
    const slot = readU32(bytes, at)
    if (!exchanges.isOpen(slot, readU32(bytes, at + 4))) {
      state.counters.staleAnswers++
      continue
    }
    const to = exchanges.from[slot]!
    if (!to.isOpen) state.counters.answersWithoutAsker++
    else {
      if (to.acks.isEmpty) state.toAcknowledge.push(to)
      to.acks.add(to.link, exchanges.fromSlot[slot]!, exchanges.fromGeneration[slot]!)
    }
    exchanges.end(slot)
    state.counters.answers++
  }
}

/** Sends what was gathered in this turn. */
export function flushAcknowledgements(state: RelayState): void {
  for (const port of state.toAcknowledge) port.acks.flush(port.link)
  state.toAcknowledge.length = 0
}

function markNotLast(port: RelayPort, to: RelayPort, slot: number, bytes: Uint8Array, at: number): void {
  const fan = port.exchanges.fans.get(slot)
  if (fan === undefined) return
  const flags = bytes[at + Offset.flags]! & ~Flag.notLast
  bytes[at + Offset.flags] = settleMember(fan, to, port.exchanges.fromSlot[slot]!) ? flags : flags | Flag.notLast
}
