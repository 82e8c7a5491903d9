import { copiedBytes } from '../../frames/copied-bytes.ts'
import { Flag, FrameType, maxSlots, noPartition, Offset, readU32, writeExchange } from '../../frames/frame-header.ts'
import { Status } from '../../frames/status.ts'
import { stampOf } from '../../program/asking/server-names.ts'
import { freeRequest } from '../bodies/credit-path.ts'
import { noteChunk } from '../bodies/unfinished-bodies.ts'
import { refuse } from '../refusing.ts'
import { answerFailed } from '../relay-answers.ts'
import { giveUp } from '../relay-endings.ts'
import { noIndex, type RelayPort } from '../relay-port.ts'
import type { RelayState } from '../relay-state.ts'
import { keepWaiting, obstacle, waitForLink } from '../request-path.ts'
import { followsWhatWasSentBack } from '../waiting/sent-back.ts'
import { clear, waits } from '../waiting/verdict.ts'
import type { FanOut } from './fan-out.ts'
import { type FollowedFanOut, placesLeft } from './followed-fan-outs.ts'
import { sendToMember, statusWhileClosed } from './members.ts'

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
  const isRest = !isBroadcast && (bytes[at + Offset.flags]! & Flag.rest) !== 0
  const had = isRest ? port.followed.of(readU32(bytes, at + Offset.requestId)) : nobody
  const places = had && placesLeft(state.servers.routing!, servers, had)
  if (places === undefined || places.length === 0) {
    endRest(state, port, bytes, at, places === undefined)
    return
  }
  const followed = isBroadcast ? undefined : followedOf(state, port, bytes, at, places, had!)
  const stamp = stampOf(state.servers.routing!.version)
  const fan: FanOut<RelayPort> = { remaining: places.length, stamp, members: [], followed }
  port.remember(slot, null, 0)
  port.fanOuts.set(slot, fan)
  freeRequest(port, null, bytes, at)
  for (const server of places) sendToMember(state, port, fan, server, copiedBytes(bytes, at, end))
}

const nobody: ReadonlySet<string> = new Set()

function followedOf(
  { servers }: RelayState,
  port: RelayPort,
  bytes: Uint8Array,
  at: number,
  places: readonly number[],
  before: ReadonlySet<string>,
): FollowedFanOut | undefined {
  if (!port.knowsMoves) return undefined
  const requestId = readU32(bytes, at + Offset.requestId)
  return { requestId, routed: servers.routing!.servers, places, moved: new Set(), before }
}

/** There is nobody left to send the rest of a fan-out to; or nobody knows who has had it. */
function endRest(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number, isForgotten: boolean): void {
  const [slot, generation] = [readU32(bytes, at + Offset.slot), readU32(bytes, at + Offset.generation)]
  const requestId = readU32(bytes, at + Offset.requestId)
  const status = isForgotten ? Status.linkLost : Status.moved
  const details = { server: noIndex, version: 0, notLast: false, stamp: 0 }
  answerFailed(state.counters, port, slot, generation, requestId, status, details)
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
