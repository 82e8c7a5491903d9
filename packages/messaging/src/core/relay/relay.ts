import type { Routing } from '@ring/placement'
import { DeliveryGate, type Incarnation, type Link } from '@ring/platform'
import type { SelfServer } from '../choosing/server-choice.ts'
import { FrameType, headerBytes, headerFault, lengthBytes, Offset, readU32 } from '../frames/frame-header.ts'
import { questionOf } from '../frames/gate-frames.ts'
import { unheardMsOf } from '../frames/ping-frame.ts'
import { Status } from '../frames/status.ts'
import { flushAcknowledgements, passAcknowledgements, passAnswer } from './answer-path.ts'
import { passChunk } from './bodies/chunk-path.ts'
import { passCredit, passReplyCredit } from './bodies/credit-path.ts'
import { endMovedBodies, endRefusedBodies } from './bodies/unfinished-bodies.ts'
import { passCancel } from './cancel-path.ts'
import { fanOut } from './fan-out/relay-fan-outs.ts'
import { refuse } from './refusing.ts'
import type { RelayCounters } from './relay-counters.ts'
import { cancelAll, expireOverdue, failAll } from './relay-endings.ts'
import { RelayPort } from './relay-port.ts'
import { RelayState } from './relay-state.ts'
import { passRequest } from './request-path.ts'
import type { RelayRules } from './rules.ts'
import { shortenDeadline } from './waiting/waiting-room.ts'
import { answerQuestion, tellWords } from './words.ts'

/** What a program says of services: whether it knows them, and which one it serves, if it has a name. */
export interface ProgramServices {
  readonly knows?: boolean
  readonly serves?: string | undefined
  /** It knows credit for large bodies. */
  readonly credit?: boolean
  /** It says when a handler has ended that nobody waits for, and sends the rest of a fan-out whose servers change. */
  readonly moves?: boolean
}

/**
 * Passes frames between the links of one node: from programs to servers by the routing, from peers to programs, and every
 * answer back the way its request came. It reads headers only, changes slot and generation in place, and hands on runs of
 * frames for one destination as one slice. It keeps no bytes but those that rule D5 or M3 makes wait, and makes no
 * object for a frame. One class serves server and slave nodes.
 */
export class Relay {
  private readonly state: RelayState
  /** Of the closing partitions everything has ended that was given to programs here; once for each fence that is raised. */
  onDrained: (closingVersion: number) => void = () => undefined

  /**
   * @param self who this node is in the routing, if it is a server
   * @param gate asked before anything passes to a program; without one nothing ever closes it but the stop
   * @param rules only a simulation takes one out
   */
  constructor(
    self: SelfServer | undefined,
    nowMs: number,
    gate: DeliveryGate = new DeliveryGate((self?.incarnation ?? 0) as Incarnation),
    rules?: RelayRules,
  ) {
    this.state = new RelayState(self, nowMs, gate, rules)
    gate.onChange(() => {
      this.gateChanged()
    })
  }

  get counters(): RelayCounters {
    return this.state.counters
  }

  /** Exchanges that have not been answered, over all links, and frames that wait. */
  get out(): number {
    let out = this.state.waiting.size
    for (const port of this.state.ports) out += port.exchanges.out
    return out
  }

  /** Whether everybody who asks this node has said DETACH: nothing that was sent is still on its way here. */
  get hasHeardAll(): boolean {
    for (const { kind, isDetached } of this.state.ports) if (kind !== 'server' && !isDetached) return false
    return true
  }

  /** Says DETACH to everybody who asks this node. */
  detachAll(kind: 'program' | 'peer'): void {
    for (const port of this.state.ports) if (port.kind === kind) port.detach()
  }

  /** A service of another name that is served here and that frames could not tell from this one. */
  clashOf(service: string): string | undefined {
    return this.state.pools.clashOf(service)
  }

  /** @param asks it asks before it starts handlers, and is told when the answer changes */
  attachProgram(
    link: Link,
    name: string,
    delivers: boolean,
    asks = false,
    { knows = false, serves, credit = false, moves = false }: ProgramServices = {},
  ): RelayPort {
    const traits = {
      delivers,
      asks,
      knowsServices: knows || serves !== undefined,
      knowsCredit: credit,
      knowsMoves: moves,
    }
    const port = this.add(new RelayPort(link, 'program', name, 0, this.state.lanes, traits))
    if (delivers) this.state.pools.add(port, serves)
    return port
  }

  /** A link to a server of the routing, over which requests may be sent. */
  attachServer(link: Link, name: string, incarnation: number, knowsServices = false, knowsCredit = false): RelayPort {
    const port = this.add(
      new RelayPort(link, 'server', name, incarnation, this.state.lanes, { knowsServices, knowsCredit }),
    )
    this.state.servers.addLink(port)
    if (this.state.waiting.size > 0) this.release()
    return port
  }

  /** The first link to a server is being opened, and what is for it waits; or it is known not to come for now. */
  setOpening(server: SelfServer, isOpening: boolean): void {
    this.state.servers.setOpening(server, isOpening)
    if (!isOpening) this.release()
  }

  /** A link from a node that asks. */
  attachPeer(link: Link, name: string, incarnation: number, knowsServices = false, knowsCredit = false): RelayPort {
    return this.add(new RelayPort(link, 'peer', name, incarnation, this.state.lanes, { knowsServices, knowsCredit }))
  }

  /** The link has ended: what is out on it ends, what it asked for is cancelled. */
  detach(port: RelayPort): void {
    const { state } = this
    if (!state.ports.delete(port)) return
    port.isOpen = false
    this.stopDelivering(port)
    state.servers.removeLink(port)
    state.waiting.removePort(port)
    failAll(state, port)
    for (const other of state.ports) cancelAll(other, port)
    this.lookIfDrained()
  }

  /** The program takes no new requests; what runs goes on. */
  stopDelivering(port: RelayPort): void {
    port.delivers = false
    this.state.pools.remove(port)
  }

  setRouting(routing: Routing): void {
    const { state } = this
    state.servers.setRouting(routing)
    const isRaised = state.fence.follow(routing, state.nowMs)
    if (state.rules.bodiesMove) endMovedBodies(state)
    if (routing.closing === undefined) state.draining.end()
    else if (isRaised && state.isServer) state.draining.begin(routing.closing)
    this.release()
    this.lookIfDrained()
  }

  /** The node leads another life from here on: set this before its gate is told. */
  beginLife(self: SelfServer): void {
    this.state.servers.setSelf(self)
  }

  /** The process stood still for `gapMs`: input until the next tick has already waited that long (M3). */
  resumed(gapMs: number): void {
    this.state.gapMs = gapMs
    this.state.nowMs += gapMs
  }

  /** What the clock says before input is handled, in monotonic milliseconds: no deadline begins earlier. */
  time(nowMs: number): void {
    if (nowMs > this.state.nowMs) this.state.nowMs = nowMs
  }

  /** The time it was told last. */
  get nowMs(): number {
    return this.state.nowMs
  }

  /** Time goes on: monotonic milliseconds. */
  tick(nowMs: number): void {
    this.state.nowMs = Math.max(this.state.nowMs, nowMs)
    this.state.gapMs = 0
    for (const port of this.state.ports) {
      expireOverdue(this.state, port, nowMs)
      if (!port.fences.isEmpty) port.fences.expire(nowMs)
      if (!port.sentBack.isEmpty) port.sentBack.expire(nowMs)
    }
    if (this.state.waiting.firstEndMs <= nowMs) this.release()
    this.lookIfDrained()
  }

  /** Frames from a link, whole ones. The bytes are the relay's to change. */
  onFrames(port: RelayPort, bytes: Uint8Array, start: number, end: number): void {
    const { state } = this
    state.counters.bytesIn += end - start
    let runTo: RelayPort | null = null
    let runStart = start
    let at = start
    while (at < end && state.violators.length === 0) {
      const next = at + lengthBytes + readU32(bytes, at)
      if (runTo !== null && bytes[at + Offset.type] === FrameType.replicate) {
        // Its members are written at once: not before what was asked earlier (K2).
        runTo.link.write(bytes, runStart, at)
        runTo = null
      }
      const to = this.pass(port, bytes, at, next)
      if (to !== runTo) {
        if (runTo !== null) runTo.link.write(bytes, runStart, at)
        runTo = to
        runStart = at
      }
      at = next
    }
    if (runTo !== null) runTo.link.write(bytes, runStart, at)
    if (state.toAcknowledge.length > 0) flushAcknowledgements(state)
    if (state.violators.length > 0) this.closeViolators()
    if (state.draining.isPending) this.lookIfDrained()
  }

  /** Tells when nothing of the closing partitions is out at programs here any more. */
  private lookIfDrained(): void {
    const { state } = this
    const version = state.draining.look(state.ports)
    if (version === undefined) return
    if (state.fence.drained()) this.release()
    this.onDrained(version)
  }

  private add(port: RelayPort): RelayPort {
    this.state.ports.add(port)
    return port
  }

  /** Where the frame goes, with slot and generation already rewritten; `null` when it goes nowhere. */
  private pass(port: RelayPort, bytes: Uint8Array, at: number, end: number): RelayPort | null {
    const { state } = this
    const fault = headerFault(bytes, at, end, port.knowsServices)
    if (fault !== undefined) {
      state.violation(port, fault)
      return null
    }
    switch (bytes[at + Offset.type]) {
      case FrameType.request:
      case FrameType.oneWay:
        return passRequest(state, port, bytes, at, end)
      case FrameType.reply:
      case FrameType.replyChunk:
      case FrameType.failed:
        return passAnswer(state, port, bytes, at, end)
      case FrameType.ack:
        passAcknowledgements(state, port, bytes, at + headerBytes, end)
        return null
      case FrameType.chunk:
        return passChunk(state, port, bytes, at, end)
      case FrameType.credit:
        return passCredit(state, port, bytes, at)
      case FrameType.replyCredit:
        return passReplyCredit(state, port, bytes, at)
      case FrameType.cancel:
        return passCancel(state, port, bytes, at, end)
      case FrameType.broadcast:
      case FrameType.replicate:
        fanOut(state, port, bytes, at, end)
        return null
      case FrameType.detach:
        this.detached(port)
        return null
      case FrameType.ping:
        pinged(state, port, bytes, at)
        return null
      case FrameType.ask:
        answerQuestion(state, port, questionOf(bytes, at))
        return null
      default:
        state.violation(port, 'a frame of unknown type')
        return null
    }
  }

  /** A program is told in turn that nothing follows: it may close once it has answered. */
  private detached(port: RelayPort): void {
    port.isDetached = true
    if (port.kind !== 'program') return
    this.stopDelivering(port)
    port.detach()
  }

  /** Tries again what waits, in order; what still has to wait goes back in. */
  private release(): void {
    const { state } = this
    for (const { port, bytes, sinceMs } of state.waiting.takeAll()) {
      if (bytes[Offset.type] !== FrameType.chunk && !shortenDeadline(bytes, 0, state.nowMs - sinceMs)) {
        refuse(state, port, bytes, 0, Status.overdue)
        continue
      }
      const held = state.counters.held
      const to = this.pass(port, bytes, 0, bytes.length)
      if (to !== null) to.link.write(bytes, 0, bytes.length)
      state.counters.held = held
    }
    if (state.violators.length > 0) this.closeViolators()
  }

  /** Programs hear of it first: what is released to them now they may start. */
  private gateChanged(): void {
    tellWords(this.state)
    if (this.state.rules.chunksAsk) endRefusedBodies(this.state)
    this.release()
    this.lookIfDrained()
  }

  private closeViolators(): void {
    for (const port of this.state.violators.splice(0)) {
      port.link.destroy()
      this.detach(port)
    }
  }
}

function pinged(state: RelayState, port: RelayPort, bytes: Uint8Array, at: number): void {
  if (port.liveness === undefined) state.violation(port, 'a PING on a link where none was agreed on')
  else port.liveness.pinged(unheardMsOf(bytes, at), state.nowMs)
}
