import { Flag, FrameType, noPartition, Offset, readU32, writeExchange, writeU32 } from '../frames/frame-header.ts'
import { Status } from '../frames/status.ts'
import { opensStream } from '../frames/stream-frames.ts'
import { ackPairBytes } from '../program/answering/ack-gathering.ts'
import { freeAnswer } from './bodies/credit-path.ts'
import { isFullFor } from './bodies/full-links.ts'
import { noteGivenUp, noteLateAnswer } from './draining.ts'
import { type FanOutMember, settleMember } from './fan-out/fan-out.ts'
import { sendCancel } from './relay-answers.ts'
import { failExchange } from './relay-endings.ts'
import { noIndex, type RelayPort } from './relay-port.ts'
import type { RelayState } from './relay-state.ts'

/** Turns an answer back the way its request came: returns its link, the header rewritten; `null` drops it. */
export function passAnswer(
  state: RelayState,
  port: RelayPort,
  bytes: Uint8Array,
  at: number,
  end: number,
): RelayPort | null {
  const { exchanges } = port
  const slot = readU32(bytes, at + Offset.slot)
  if (!exchanges.isOpen(slot, readU32(bytes, at + Offset.generation))) {
    state.counters.staleAnswers++
    if (!port.givenUp.isEmpty) noteLateAnswer(port, slot, readU32(bytes, at + Offset.generation), statusOf(bytes, at))
    // Nobody will ever have it go on.
    if (port.knowsCredit && (bytes[at + Offset.flags]! & Flag.chunked) !== 0) sendCancelOf(port, bytes, at)
    return null
  }
  const to = exchanges.from[slot]!
  if (isFullFor(to, end - at)) {
    sendCancelOf(port, bytes, at)
    failExchange(state, port, slot, Status.answerDropped)
    return null
  }
  if ((bytes[at + Offset.flags]! & Flag.chunked) !== 0) {
    freeAnswer(port, to, exchanges.fans.has(slot), bytes, at)
    // Its handler has ended, or answers with a stream, whose writes are done: no move waits for the rest.
    exchanges.partition[slot] = noPartition
    // From here on only its asker counts the time.
    if (state.rules.streamsLast && opensStream(bytes, at)) exchanges.expiry[slot] = 0
  }
  const isLast = bytes[at + Offset.type] === FrameType.failed || (bytes[at + Offset.flags]! & Flag.more) === 0
  writeExchange(bytes, at, exchanges.fromSlot[slot]!, exchanges.fromGeneration[slot]!)
  const server = port.kind === 'server' ? port.serverIndex : state.servers.selfIndex
  if (server !== noIndex) writeU32(bytes, at + Offset.server, server)
  const member = exchanges.fans.size > 0 ? exchanges.fans.get(slot) : undefined
  if (member !== undefined) nameServer(member, bytes, at)
  if (isLast) {
    if (member !== undefined && statusOf(bytes, at) === Status.moved) member.fan.followed?.moved.add(member.server)
    if (member !== undefined) markNotLast(member, to, exchanges.fromSlot[slot]!, bytes, at)
    if (bytes[at + Offset.type] === FrameType.failed) noteGivenUp(port, slot, statusOf(bytes, at))
    exchanges.end(slot)
    state.counters.answers++
  }
  if (to.isOpen) return to
  state.counters.answersWithoutAsker++
  return null
}

/** Of FAILED; 0 of what is no failure. */
function statusOf(bytes: Uint8Array, at: number): number {
  return bytes[at + Offset.type] === FrameType.failed ? readU32(bytes, at + Offset.status) : 0
}

function sendCancelOf(port: RelayPort, bytes: Uint8Array, at: number): void {
  const [slot, generation] = [readU32(bytes, at + Offset.slot), readU32(bytes, at + Offset.generation)]
  sendCancel(port, slot, generation, readU32(bytes, at + Offset.requestId))
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
      if (!port.givenUp.isEmpty) port.givenUp.ended(slot, readU32(bytes, at + 4))
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

function nameServer(member: FanOutMember<RelayPort>, bytes: Uint8Array, at: number): void {
  writeU32(bytes, at + Offset.server, member.server)
  writeU32(bytes, at + Offset.stamp, member.fan.stamp)
}

function markNotLast(
  member: FanOutMember<RelayPort>,
  to: RelayPort,
  toSlot: number,
  bytes: Uint8Array,
  at: number,
): void {
  const flags = bytes[at + Offset.flags]! & ~Flag.notLast
  bytes[at + Offset.flags] = settleMember(member.fan, to, toSlot) ? flags : flags | Flag.notLast
}
