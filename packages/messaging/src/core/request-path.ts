import { noServer } from '@ring/placement'
import { Flag, maxSlots, noPartition, Offset, readU32, readU48, writeExchange } from './frame-header.ts'
import { answerFailed } from './relay-answers.ts'
import { creditBytes, noIndex, type RelayPort } from './relay-port.ts'
import type { RelayState } from './relay-state.ts'
import { Status } from './status.ts'
import { noteBody } from './unfinished-bodies.ts'
import { clear, verdictOf, waits } from './verdict.ts'
import { shortenDeadline } from './waiting-room.ts'

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
    const why = port.fences.refusal(readU32(bytes, at + Offset.keyHash), readU32(bytes, at + Offset.requestId))
    if (why !== 0) {
      refuse(state, port, bytes, at, why)
      return null
    }
  }
  const to = destinationOf(state, port, bytes, at)
  if (to === null) {
    if (state.why !== waits) refuseInOrder(state, port, bytes, at, state.why)
    else keepWaiting(state, port, bytes, at, end)
    return null
  }
  const toSlot = openExchange(state, port, to, bytes, at)
  if (toSlot < 0) {
    refuseInOrder(state, port, bytes, at, Status.queueFull)
    return null
  }
  port.remember(slot, to, toSlot)
  noteBody(to, toSlot, bytes, at)
  writeExchange(bytes, at, toSlot, to.exchanges.slots.generation[toSlot]!)
  state.counters.requests++
  return to
}

/** Opens an exchange on `to` for the request at `at`; -1 when the credit of `to` is used up. */
export function openExchange(state: RelayState, port: RelayPort, to: RelayPort, bytes: Uint8Array, at: number): number {
  if (to.link.queuedBytes >= creditBytes) return -1
  const deadline = readU32(bytes, at + Offset.deadline)
  return to.exchanges.open(
    port,
    readU32(bytes, at + Offset.slot),
    readU32(bytes, at + Offset.generation),
    readU32(bytes, at + Offset.requestId),
    deadline === 0 ? 0 : state.nowMs + deadline + expiryGraceMs,
  )
}

/** Refuses a request; if it is to come again, nothing of its key goes before it. */
function refuseInOrder(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number, status: number): void {
  const isKept = (bytes[at + Offset.flags]! & Flag.waitsDown) !== 0
  // What is "moved" is told by its stamp, as all that follows it.
  if (isKept && status !== Status.moved && readU32(bytes, at + Offset.partition) !== noPartition) {
    const requestId = readU32(bytes, at + Offset.requestId)
    port.fences.raise(readU32(bytes, at + Offset.keyHash), requestId, status, state.nowMs)
  }
  refuse(state, port, bytes, at, status)
}

/** Answers a request that is not passed on. */
export function refuse(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number, status: number): void {
  const version = status === Status.moved ? state.servers.versionOf(readU32(bytes, at + Offset.partition)) : 0
  answerFailed(
    state.counters,
    port,
    readU32(bytes, at + Offset.slot),
    readU32(bytes, at + Offset.generation),
    readU32(bytes, at + Offset.requestId),
    status,
    { server: state.servers.selfIndex, version, notLast: false, stamp: 0 },
  )
}

/** What keeps a request with this header from being passed on: a status, {@link waits}, or {@link clear}. */
export function obstacle(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): number {
  if (state.gate.state === 'stopping') return Status.closing
  const partition = readU32(bytes, at + Offset.partition)
  if (state.servers.routing === undefined && port.kind === 'program') return Status.noServer
  if (partition === noPartition) return clear
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

/** Keeps a copy of the frame until its table is known here or delivery is resumed; refuses it when the room is full. */
export function keepWaiting(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number, end: number): void {
  if (state.waiting.add(port, bytes, at, end, state.nowMs)) state.counters.held++
  else refuse(state, port, bytes, at, state.ifRoomIsFull)
}

function destinationOf(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): RelayPort | null {
  state.why = obstacle(state, port, bytes, at)
  if (state.why !== clear) return null
  if (port.kind !== 'program') return deliveringProgram(state, bytes, at)
  const { servers } = state
  const partition = readU32(bytes, at + Offset.partition)
  const index = partition === noPartition ? servers.next(state.programs.count > 0) : servers.ofPartition(partition)
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
  state.why = Status.noLink
  const to = servers.linkTo(index)
  if (to === null && servers.isOpening(index)) waitForLink(state)
  return to
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
  state.why = Status.noProgram
  return programFor(state, bytes, at)
}

/** Hash mode: by the key's hash, so that one key has one program. Random mode: in turn. */
export function programFor(state: RelayState, bytes: Uint8Array, at: number): RelayPort | null {
  return readU32(bytes, at + Offset.partition) === noPartition
    ? state.programs.next()
    : state.programs.byHash(readU32(bytes, at + Offset.keyHash))
}
