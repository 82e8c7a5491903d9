import { noServer } from '@ring/placement'
import { addressedLane, keyedLane } from '../choosing/credit-lanes.ts'
import type { ProgramChoice } from '../choosing/program-choice.ts'
import {
  addressedPartition,
  bodyStart,
  Flag,
  keyStart,
  maxSlots,
  noPartition,
  Offset,
  readU32,
  readU48,
  wholeBodyBytes,
  writeExchange,
} from '../frames/frame-header.ts'
import { namesService } from '../frames/service-id.ts'
import { Status } from '../frames/status.ts'
import { freeRequest } from './bodies/credit-path.ts'
import { noteBody } from './bodies/unfinished-bodies.ts'
import { refuse, refuseInOrder } from './refusing.ts'
import { noIndex, type RelayPort } from './relay-port.ts'
import type { RelayState } from './relay-state.ts'
import { followsWhatWasSentBack, sendBack } from './waiting/sent-back.ts'
import { clear, verdictOf, waits } from './waiting/verdict.ts'
import { backBeforeEndMs, shortenDeadline } from './waiting/waiting-room.ts'

/** Time beyond its deadline after which a relay gives up an exchange that its origin should have ended. */
const expiryGraceMs = 1_000

/** Sends a REQUEST or ONEWAY on its way: returns its link, the header rewritten, or `null` when it was dealt with here. */
export function passRequest(
  state: RelayState,
  port: RelayPort,
  bytes: Uint8Array,
  at: number,
  end: number,
): RelayPort | null {
  const slot = readU32(bytes, at + Offset.slot)
  if (slot >= maxSlots) {
    state.violation(port, 'more slots than a link may have open')
    return null
  }
  if (state.gapMs > 0 && !shortenDeadline(bytes, at, state.gapMs)) {
    port.fences.raiseAfterPause(bytes, at, state.nowMs)
    refuse(state, port, bytes, at, Status.overdue)
    return null
  }
  if (!port.fences.isEmpty) {
    const why = port.fences.refusalOf(bytes, at)
    if (why !== 0) {
      refuse(state, port, bytes, at, why)
      return null
    }
  }
  if (!port.sentBack.isEmpty && followsWhatWasSentBack(state, port, bytes, at)) return null
  const to = destinationOf(state, port, bytes, at)
  if (to === null) {
    if (state.why !== waits) refuseInOrder(state, port, bytes, at, state.why, state.whyAt)
    else keepWaiting(state, port, bytes, at, end)
    return null
  }
  const toSlot = openExchange(state, port, to, bytes, at)
  if (toSlot < 0) {
    if (state.isMoving(bytes, at)) sendBack(state, port, bytes, at)
    else refuseInOrder(state, port, bytes, at, Status.queueFull, to.kind === 'server' ? to.serverIndex : state.whyAt)
    return null
  }
  port.remember(slot, to, toSlot)
  if (to.exchanges.laneOf(toSlot) !== 0) to.exchanges.carry(toSlot, end - at)
  noteBody(to, toSlot, bytes, at)
  if ((bytes[at + Offset.flags]! & Flag.chunked) !== 0) freeRequest(port, to, bytes, at)
  writeExchange(bytes, at, toSlot, to.exchanges.slots.generation[toSlot]!)
  state.counters.requests++
  return to
}

/** Opens an exchange on `to` for the request at `at`; -1 when the credit of `to` is used up. */
export function openExchange(state: RelayState, port: RelayPort, to: RelayPort, bytes: Uint8Array, at: number): number {
  const lane = laneOf(state, to, bytes, at)
  if (!to.hasRoom(lane)) return -1
  if ((bytes[at + Offset.flags]! & Flag.chunked) !== 0 && !to.hasBodyRoom(wholeBodyBytes(bytes, at))) return -1
  const deadline = readU32(bytes, at + Offset.deadline)
  return to.exchanges.open(
    port,
    readU32(bytes, at + Offset.slot),
    readU32(bytes, at + Offset.generation),
    readU32(bytes, at + Offset.requestId),
    deadline === 0 ? 0 : state.nowMs + deadline + expiryGraceMs,
    readU32(bytes, at + Offset.partition),
    lane,
  )
}

/** A program serves one service: there is nothing to tell apart there but what is addressed. */
function laneOf(state: RelayState, to: RelayPort, bytes: Uint8Array, at: number): number {
  if (to.kind === 'server') return state.lanes.of(bytes, at)
  return readU32(bytes, at + Offset.partition) === addressedPartition ? addressedLane : keyedLane
}

/** What keeps a request with this header from being passed on: a status, {@link waits}, or {@link clear}. */
export function obstacle(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): number {
  if (state.gate.state === 'stopping') return Status.closing
  const partition = readU32(bytes, at + Offset.partition)
  const addressed = isAddressed(port, partition)
  if (state.servers.routing === undefined && port.kind === 'program')
    return addressed ? Status.unknownServer : Status.noServer
  if (partition === noPartition || addressed) return clear
  switch (state.servers.compare(partition, readU48(bytes, at + Offset.tableVersion))) {
    case 'equal':
      return clear
    case 'older':
      return Status.moved
    case 'newer':
      state.ifRoomIsFull = Status.moved
      return waits
  }
}

/**
 * Keeps a copy of the frame until its table is known here, its partition has moved or stays, or delivery is resumed; refuses it when
 * the room is full.
 */
export function keepWaiting(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number, end: number): void {
  const partition = readU32(bytes, at + Offset.partition)
  if (state.fence.holds(partition)) {
    keepFenced(state, port, bytes, at, end)
    return
  }
  const ifFull = state.ifRoomIsFull
  const kind = isAddressed(port, partition) ? 'addressed' : 'other'
  if (state.waiting.add(port, bytes, at, end, state.nowMs, { kind, ifFull })) state.counters.held++
  else refuse(state, port, bytes, at, ifFull)
}

/** Its origin keeps what there is no room for here, and knows best what is nearly overdue. */
function keepFenced(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number, end: number): void {
  const deadline = readU32(bytes, at + Offset.deadline)
  if (deadline !== 0 && deadline <= backBeforeEndMs) {
    // It hardly comes again: nothing that follows waits for it.
    refuse(state, port, bytes, at, Status.moved)
    return
  }
  const why = { kind: 'fenced', ifFull: Status.moved } as const
  if (state.waiting.add(port, bytes, at, end, state.nowMs, why)) state.counters.held++
  else sendBack(state, port, bytes, at)
}

/** On a link that knows no addresses, their partition is one that does not exist. */
function isAddressed(port: RelayPort, partition: number): boolean {
  return partition === addressedPartition && port.knowsServices
}

function destinationOf(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): RelayPort | null {
  state.whyAt = state.servers.selfIndex
  state.why = obstacle(state, port, bytes, at)
  if (state.why !== clear) return null
  const partition = readU32(bytes, at + Offset.partition)
  if (partition === addressedPartition) return addressee(state, port, bytes, at)
  if (port.kind !== 'program') return deliveringProgram(state, bytes, at)
  const { servers } = state
  // Here already: it would only take credit of the way, and must not go before a REPLICATE that waits here.
  if (state.fence.holds(partition)) {
    state.why = waits
    return null
  }
  const index = partition === noPartition ? nextServer(state, bytes, at) : servers.ofPartition(partition)
  if (index < 0) {
    state.why = -index
    if (state.why === Status.noLink && servers.isAnyOpening) waitForLink(state)
    return null
  }
  if (index === noServer) {
    state.why = Status.noServer
    return null
  }
  if (index === servers.selfIndex && index !== noIndex) return deliveringProgram(state, bytes, at)
  return linkFor(state, index, namesService(bytes, at))
}

/** The link to a server, if there is one, and if it knows what it would be sent. */
function linkFor(state: RelayState, index: number, needsServices: boolean): RelayPort | null {
  const to = state.servers.linkTo(index)
  if (to !== null && (to.knowsServices || !needsServices)) return to
  state.whyAt = index
  state.why = to === null ? Status.noLink : Status.oldVersion
  if (to === null && state.servers.isOpening(index)) waitForLink(state)
  return null
}

/** In random mode. */
function nextServer(state: RelayState, bytes: Uint8Array, at: number): number {
  const { servers, pools, lanes } = state
  const isSelfAble = (pools.of(bytes, at)?.count ?? 0) > 0
  return servers.next(lanes.of(bytes, at), isSelfAble, namesService(bytes, at))
}

/** Where a request goes that names its server: a program here, or the link to that server. */
function addressee(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): RelayPort | null {
  const { servers } = state
  const [start, end] = [keyStart(bytes, at), bodyStart(bytes, at)]
  if (servers.isSelf(bytes, start, end)) return deliveringProgram(state, bytes, at)
  const index = port.kind === 'program' ? servers.named(bytes, start, end) : noIndex
  if (index !== noIndex) return linkFor(state, index, true)
  state.why = Status.unknownServer
  return null
}

/** The first link to a server is waited for, as long as it is not known to be out of reach. */
export function waitForLink(state: RelayState): void {
  state.why = waits
  state.ifRoomIsFull = Status.noLink
}

/** The program here that takes the request; `null`, and why, when it waits, is refused, or nobody is attached. */
function deliveringProgram(state: RelayState, bytes: Uint8Array, at: number): RelayPort | null {
  if (!state.gate.isOpen) {
    state.why = verdictOf(state.gate.state)
    state.ifRoomIsFull = Status.queueFull
    return null
  }
  if (state.fence.holds(readU32(bytes, at + Offset.partition))) {
    state.why = waits
    return null
  }
  return programFor(state, bytes, at)
}

/**
 * A program here of the service: in hash mode by the key's hash, so that one key has one program, otherwise in turn; `null`,
 * and why, when there is none.
 */
export function programFor(state: RelayState, bytes: Uint8Array, at: number): RelayPort | null {
  const programs = state.pools.of(bytes, at)
  if (programs === null || programs.count === 0) {
    state.why = namesService(bytes, at) ? Status.noService : Status.noProgram
    return null
  }
  return chosen(state, programs, bytes, at)
}

function chosen(
  state: RelayState,
  programs: ProgramChoice<RelayPort>,
  bytes: Uint8Array,
  at: number,
): RelayPort | null {
  switch (readU32(bytes, at + Offset.partition)) {
    case noPartition:
      return programs.next()
    case addressedPartition:
      state.why = Status.oldVersion
      return programs.nextAddressed()
    default:
      return programs.byHash(readU32(bytes, at + Offset.keyHash))
  }
}
