import { Flag, FrameType, noPartition, Offset, readU32, writeExchange, writeU32 } from '../../frames/frame-header.ts'
import { namesService } from '../../frames/service-id.ts'
import { Status } from '../../frames/status.ts'
import { noteBody } from '../bodies/unfinished-bodies.ts'
import { answerFailed } from '../relay-answers.ts'
import { noIndex, type RelayPort } from '../relay-port.ts'
import type { RelayState } from '../relay-state.ts'
import { openExchange, programFor } from '../request-path.ts'
import { noteSentBack } from '../waiting/sent-back.ts'
import { verdictOf, waits } from '../waiting/verdict.ts'
import { type FanOut, settleMember } from './fan-out.ts'

/** Sends a fan-out to one of its servers: `frame` is a copy of its own. */
export function sendToMember(
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
    const comesAgain = fan.followed !== undefined && state.isMoving(frame, 0)
    if (comesAgain) noteSentBack(state, port, frame, 0)
    failMember(state, port, fan, server, frame, comesAgain ? Status.moved : Status.queueFull)
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
export function statusWhileClosed(state: RelayState): number {
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
  const isMoved = status === Status.moved
  if (isMoved) fan.followed?.moved.add(server)
  const version = isMoved ? state.movedVersion(readU32(frame, Offset.partition)) : 0
  const notLast = !settleMember(fan, port, slot)
  answerFailed(
    state.counters,
    port,
    slot,
    readU32(frame, Offset.generation),
    readU32(frame, Offset.requestId),
    status,
    { server, version, notLast, stamp: fan.stamp },
  )
}
