import { copiedBytes } from '../../frames/copied-bytes.ts'
import {
  Flag,
  FrameType,
  maxSlots,
  noPartition,
  Offset,
  readU32,
  writeExchange,
  writeU32,
} from '../../frames/frame-header.ts'
import { namesService } from '../../frames/service-id.ts'
import { Status } from '../../frames/status.ts'
import { stampOf } from '../../program/asking/server-names.ts'
import { freeRequest } from '../bodies/credit-path.ts'
import { noteBody, noteChunk } from '../bodies/unfinished-bodies.ts'
import { refuse } from '../refusing.ts'
import { answerFailed } from '../relay-answers.ts'
import { giveUp } from '../relay-endings.ts'
import { noIndex, type RelayPort } from '../relay-port.ts'
import type { RelayState } from '../relay-state.ts'
import { keepWaiting, obstacle, openExchange, programFor, waitForLink } from '../request-path.ts'
import { followsWhatWasSentBack } from '../waiting/sent-back.ts'
import { clear, verdictOf, waits } from '../waiting/verdict.ts'
import { type FanOut, settleMember } from './fan-out.ts'

/** Sends a BROADCAST or REPLICATE of a program as a REQUEST to each server it is for. */
export function fanOut(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number, end: number): void {
  const slot = readU32(bytes, at + Offset.slot)
  if (port.kind !== 'program' || slot >= maxSlots) {
    state.violation(port, 'a fan-out is for programs to ask, under a slot below the bound')
    return
  }
  const isBroadcast = bytes[at + Offset.type] === FrameType.broadcast
  if (!isBroadcast && !port.sentBack.isEmpty && followsWhatWasSentBack(state, port, bytes, at)) return
  const why = isBroadcast && state.gate.state !== 'stopping' ? clear : obstacle(state, port, bytes, at)
  if (why === waits) {
    keepWaiting(state, port, bytes, at, end)
    return
  }
  const partition = isBroadcast ? noPartition : readU32(bytes, at + Offset.partition)
  // All of it waits here, at its asker's node: of its members some would run before the move and some after.
  if (why === clear && state.fence.holds(partition)) {
    keepWaiting(state, port, bytes, at, end)
    return
  }
  const servers = why !== clear ? [] : state.servers.all(partition)
  if (servers.length === 0) {
    refuse(state, port, bytes, at, why !== clear ? why : Status.noServer)
    return
  }
  if (servers.some((server) => state.servers.isOpening(server))) {
    waitForLink(state)
    keepWaiting(state, port, bytes, at, end)
    return
  }
  const stamp = stampOf(state.servers.routing?.version ?? 0)
  const fan: FanOut<RelayPort> = { remaining: servers.length, stamp, members: [] }
  port.remember(slot, null, 0)
  port.fanOuts.set(slot, fan)
  freeRequest(port, null, bytes, at)
  for (const server of servers) sendToMember(state, port, fan, server, copiedBytes(bytes, at, end))
}

/** Copies a CHUNK or CANCEL of a fan-out to every member that is still out; false when this is no fan-out. */
export function passToMembers(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number, end: number): boolean {
  const fan = port.fanOuts.get(readU32(bytes, at + Offset.slot))
  if (fan === undefined) return false
  const generation = readU32(bytes, at + Offset.generation)
  for (const { port: to, slot, generation: ownGeneration } of fan.members) {
    const { exchanges } = to
    if (!to.isOpen || !exchanges.isOpen(slot, ownGeneration) || exchanges.fromGeneration[slot] !== generation) continue
    const isChunk = bytes[at + Offset.type] === FrameType.chunk
    if (isChunk && to.kind === 'program' && state.gate.ofAccepted !== 'open') {
      giveUp(state, to, slot, statusWhileClosed(state))
      continue
    }
    if (isChunk) noteChunk(to, slot, bytes, at)
    const copy = copiedBytes(bytes, at, end)
    writeExchange(copy, 0, slot, ownGeneration)
    to.link.write(copy, 0, copy.length)
  }
  return true
}

function sendToMember(
  state: RelayState,
  port: RelayPort,
  fan: FanOut<RelayPort>,
  server: number,
  frame: Uint8Array,
): void {
  const isSelf = server === state.servers.selfIndex
  const to = isSelf ? selfProgram(state, frame) : state.servers.linkTo(server)
  if (to === null) {
    const closed = state.gate.isOpen ? state.why : statusWhileClosed(state)
    failMember(state, port, fan, server, frame, isSelf ? closed : Status.noLink)
    return
  }
  if (!to.knowsServices && namesService(frame, 0)) {
    failMember(state, port, fan, server, frame, Status.oldVersion)
    return
  }
  if (frame[Offset.type] === FrameType.broadcast) writeU32(frame, Offset.partition, noPartition)
  const slot = openExchange(state, port, to, frame, 0)
  if (slot < 0) {
    failMember(state, port, fan, server, frame, Status.queueFull)
    return
  }
  const generation = to.exchanges.slots.generation[slot]!
  const member = { fan, port: to, slot, generation, server }
  to.exchanges.fans.set(slot, member)
  fan.members.push(member)
  noteBody(to, slot, frame, 0)
  frame[Offset.type] = FrameType.request
  frame[Offset.flags] = frame[Offset.flags]! & ~Flag.notLast
  writeExchange(frame, 0, slot, generation)
  to.link.write(frame, 0, frame.length)
  state.counters.requests++
}

function selfProgram(state: RelayState, frame: Uint8Array): RelayPort | null {
  return state.gate.isOpen && state.servers.selfIndex !== noIndex ? programFor(state, frame, 0) : null
}

/** One of several does not wait: the others answer without it. */
function statusWhileClosed(state: RelayState): number {
  const verdict = verdictOf(state.gate.state)
  return verdict === waits ? Status.closing : verdict
}

function failMember(
  state: RelayState,
  port: RelayPort,
  fan: FanOut<RelayPort>,
  server: number,
  frame: Uint8Array,
  status: number,
): void {
  const slot = readU32(frame, Offset.slot)
  const notLast = !settleMember(fan, port, slot)
  answerFailed(
    state.counters,
    port,
    slot,
    readU32(frame, Offset.generation),
    readU32(frame, Offset.requestId),
    status,
    { server, version: 0, notLast, stamp: fan.stamp },
  )
}
