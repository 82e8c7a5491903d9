import { Status } from '../frames/status.ts'
import { noteGivenUp } from './draining.ts'
import { settleMember } from './fan-out/fan-out.ts'
import { answerFailed, sendCancel } from './relay-answers.ts'
import type { RelayPort } from './relay-port.ts'
import type { RelayState } from './relay-state.ts'

/** Ends an exchange that is out on `port` with a status of the relay's own. */
export function failExchange(state: RelayState, port: RelayPort, slot: number, status: number): void {
  const { exchanges } = port
  const asker = exchanges.from[slot]!
  const askerSlot = exchanges.fromSlot[slot]!
  const member = exchanges.fans.get(slot)
  if (member !== undefined && status === Status.moved) member.fan.followed?.moved.add(member.server)
  const notLast = member !== undefined && !settleMember(member.fan, asker, askerSlot)
  const server = port.kind === 'server' ? port.serverIndex : state.servers.selfIndex
  answerFailed(state.counters, asker, askerSlot, exchanges.fromGeneration[slot]!, exchanges.requestId[slot]!, status, {
    server: member?.server ?? server,
    version: status === Status.moved ? state.movedVersion(exchanges.bodies.get(slot)?.partition ?? 0) : 0,
    notLast,
    stamp: member?.fan.stamp ?? 0,
  })
  noteGivenUp(port, slot, status)
  exchanges.end(slot)
}

/** Ends an exchange whose handler has certainly not been started, and tells the destination to forget what it has of it. */
export function giveUp(state: RelayState, port: RelayPort, slot: number, status: number): void {
  const { slots, requestId } = port.exchanges
  sendCancel(port, slot, slots.generation[slot]!, requestId[slot]!)
  failExchange(state, port, slot, status)
}

/** Ends everything that is out on a link that has ended. */
export function failAll(state: RelayState, port: RelayPort): void {
  const status = port.kind === 'program' ? Status.programLost : Status.linkLost
  const { slots, from } = port.exchanges
  for (let slot = 0; slot < slots.highWater; slot++) {
    if (from[slot] !== null) failExchange(state, port, slot, status)
  }
}

/** Tells `port` that nobody waits any more for what `asker` asked of it. Its slots stay taken until it answers. */
export function cancelAll(port: RelayPort, asker: RelayPort): void {
  const { slots, from, requestId } = port.exchanges
  for (let slot = 0; slot < slots.highWater; slot++) {
    if (from[slot] === asker) sendCancel(port, slot, slots.generation[slot]!, requestId[slot]!)
  }
}

/** Gives up what should have been ended by its origin long ago, so that its credit comes back. */
export function expireOverdue(state: RelayState, port: RelayPort, nowMs: number): void {
  const { slots, from, expiry, requestId } = port.exchanges
  for (let slot = 0; slot < slots.highWater; slot++) {
    if (from[slot] === null || expiry[slot] === 0 || expiry[slot]! >= nowMs) continue
    state.counters.expired++
    sendCancel(port, slot, slots.generation[slot]!, requestId[slot]!)
    failExchange(state, port, slot, Status.overdueRunning)
  }
}
