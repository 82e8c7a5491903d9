import type { Link } from '@ring/platform'
import { type CreditLanes, isAddressedLane } from '../choosing/credit-lanes.ts'
import { windowBytes } from '../frames/credit-frame.ts'
import { writeDetach } from '../frames/detach-frame.ts'
import { maxSlots } from '../frames/frame-header.ts'
import { AckGathering } from '../program/answering/ack-gathering.ts'
import { Exchanges } from './exchanges/exchanges.ts'
import { GivenUp } from './exchanges/given-up.ts'
import { grownU32 } from './exchanges/slots.ts'
import type { FanOut } from './fan-out/fan-out.ts'
import { FollowedFanOuts } from './fan-out/followed-fan-outs.ts'
import type { LinkLiveness } from './link-liveness.ts'
import { OrderFences } from './waiting/order-fences.ts'

/** Whose link it is: a program of this machine, a server this node asks, or a peer that asks this node. */
export type PortKind = 'program' | 'server' | 'peer'

/** The index of a port that is no server of the routing. */
export const noIndex = -1

/** Credit of one destination (docs/protocol.md, section 3.5): exchanges of a service, and bytes its link has not taken yet. */
const serverCredit = 4_096
const programCredit = 1_024
/** Beside it, for what is addressed. */
const addressedAtServer = 1_024
const addressedAtProgram = 256
const creditBytes = 16 * 1_024 * 1_024
/** Beside that, for the windows of large bodies. */
const bodyCreditBytes = 32 * 1_024 * 1_024

/** Partitions of services of which something may have been sent back; of one of them as much as a program may have out. */
const sentBackBounds = { fences: 4_096, refused: maxSlots, refusedInAll: maxSlots }

/** What its other end said of itself; nothing where it does not say. */
export interface PortTraits {
  /** A server program that takes requests. */
  readonly delivers?: boolean
  /** Of a program: it asks before it starts handlers. */
  readonly asks?: boolean
  readonly knowsServices?: boolean
  readonly knowsCredit?: boolean
  readonly knowsMoves?: boolean
}

/** One link of a relay, with the exchanges that are out on it and the way of those it asked for. */
export class RelayPort {
  readonly link: Link
  readonly kind: PortKind
  /** What the link is called in counters and messages. */
  readonly name: string
  readonly incarnation: number
  readonly exchanges: Exchanges<RelayPort>
  readonly acks: AckGathering
  private readonly keyedCredit: number
  private readonly addressedCredit: number
  /** Whether requests of peers may be handed to it: a server program that has not said DETACH. */
  delivers: boolean
  /** DETACH was heard here: no new requests follow. Of a server: it leaves in order, and still answers what it has. */
  isDetached = false
  /** Of a program: it asks before it starts handlers, and is told of every change of the answer. */
  readonly asks: boolean
  /** The number of its last question. */
  question = 0
  /** Its other end knows services and addresses. */
  readonly knowsServices: boolean
  /** Its other end knows credit for large bodies. */
  readonly knowsCredit: boolean
  /** Of a program: it says when a handler has ended that nobody waits for, and sends the rest of a fan-out whose servers change. */
  readonly knowsMoves: boolean
  /** Of a program: handlers that may still run. */
  readonly givenUp = new GivenUp()
  /** Of a data link whose both ends know PING. */
  liveness: LinkLiveness | undefined
  /** DETACH was said here. */
  hasSaidDetach = false
  /** The server's place in the present routing; {@link noIndex} when it has none. */
  serverIndex = noIndex
  isOpen = true
  /** What was refused here and is to come again before later calls of its key. */
  readonly fences = new OrderFences()
  /** What was sent back from a fence, by partition and service. */
  readonly sentBack = new OrderFences(sentBackBounds)
  /** The rule its peer broke, if it did. */
  fault: string | undefined
  /** For each slot the link asked under: where the exchange went. */
  readonly wentTo: (RelayPort | null)[] = []
  wentToSlot: Uint32Array = new Uint32Array(64)
  /** The fan-outs the link asked for, by its slot. */
  readonly fanOuts = new Map<number, FanOut<RelayPort>>()
  /** Who has had those of which a part is to come again. */
  readonly followed = new FollowedFanOuts()

  constructor(link: Link, kind: PortKind, name: string, incarnation: number, lanes: CreditLanes, traits: PortTraits) {
    const { delivers = false, asks = false, knowsServices = false, knowsCredit = false, knowsMoves = false } = traits
    this.asks = asks
    this.link = link
    this.kind = kind
    this.name = name
    this.incarnation = incarnation
    this.delivers = delivers
    this.knowsServices = knowsServices
    this.knowsCredit = knowsCredit
    this.knowsMoves = knowsMoves
    const isProgram = kind === 'program'
    this.keyedCredit = isProgram ? programCredit : serverCredit
    this.addressedCredit = isProgram ? addressedAtProgram : addressedAtServer
    this.exchanges = new Exchanges(isProgram ? programCredit + addressedAtProgram : maxSlots, lanes)
    this.acks = new AckGathering()
  }

  /** Whether a further exchange may be sent here. */
  hasRoom(lane: number): boolean {
    const credit = isAddressedLane(lane) ? this.addressedCredit : this.keyedCredit
    return this.exchanges.outIn(lane) < credit && this.hasByteRoom(lane)
  }

  /**
   * Whether more bytes may be sent here. Of what is addressed only what is out is known, not how much of it the link still
   * has: that much at most.
   */
  hasByteRoom(lane: number): boolean {
    const { queuedBytes } = this.link
    if (queuedBytes < creditBytes) return true
    const { addressedBytes } = this.exchanges
    if (isAddressedLane(lane)) return addressedBytes < creditBytes
    return queuedBytes < creditBytes + Math.min(addressedBytes, creditBytes)
  }

  /** Whether one more large body may begin: those that have can then all go on, and none is cut off for the others. */
  hasBodyRoom(wholeBytes: number): boolean {
    return this.exchanges.windowBytes + Math.min(wholeBytes, windowBytes) <= bodyCreditBytes
  }

  /** Says DETACH, once. */
  detach(): void {
    if (this.hasSaidDetach) return
    this.hasSaidDetach = true
    writeDetach(this.link)
  }

  /** Remembers where the exchange asked for under `slot` (below 65 536) went, for its chunks and its cancellation. */
  remember(slot: number, port: RelayPort | null, portSlot: number): void {
    if (slot >= this.wentTo.length) this.makePlaces(slot)
    this.wentTo[slot] = port
    this.wentToSlot[slot] = portSlot
  }

  /** Where the exchange that is asked for under this slot and generation went, if it is still out. */
  destination(slot: number, generation: number): RelayPort | null {
    const port = this.wentTo[slot] ?? null
    if (port === null) return null
    return port.exchanges.carries(this.wentToSlot[slot]!, this, slot, generation) ? port : null
  }

  private makePlaces(slot: number): void {
    while (this.wentTo.length <= slot) this.wentTo.push(null)
    if (slot >= this.wentToSlot.length) {
      let size = this.wentToSlot.length
      while (size <= slot) size *= 2
      this.wentToSlot = grownU32(this.wentToSlot, size)
    }
  }
}
