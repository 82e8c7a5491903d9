import { type CreditLanes, isAddressedLane, laneCount } from '../../choosing/credit-lanes.ts'
import type { UnfinishedBody } from '../bodies/unfinished-body.ts'
import type { FanOutMember } from '../fan-out/fan-out.ts'
import { grownF64, grownU8, grownU32, Slots } from './slots.ts'

/**
 * The exchanges that are out on one link: for each slot, who asked and under which slot and generation there. One array
 * entry an exchange, so that an answer finds its way back by index.
 */
export class Exchanges<Port> {
  readonly slots: Slots
  /** Who asked; `null` marks a slot that is free. */
  readonly from: (Port | null)[] = []
  fromSlot: Uint32Array
  fromGeneration: Uint32Array
  requestId: Uint32Array
  /** When the relay gives the exchange up by itself, in its own time; 0 for never. */
  expiry: Float64Array
  /** What it asks for; `noPartition` once nobody who moves that has to wait for it. */
  partition: Uint32Array
  /** The credit that it takes; that of most is 0, the unnamed service's, for which nothing has to be written. */
  private lane: Uint8Array
  /** Of what is addressed: the bytes of its frames so far. */
  private bytes: Uint32Array
  /** All of them. */
  addressedBytes = 0
  /** For each lane but 0, how many are out; and in all of them. */
  private readonly outOf = new Uint32Array(laneCount)
  private outBeside = 0
  /** The fan-outs that exchanges belong to; most belong to none. */
  readonly fans = new Map<number, FanOutMember<Port>>()
  /** Of a program's link: large bodies whose last chunk has not been passed on. */
  readonly bodies = new Map<number, UnfinishedBody>()
  /** Requests whose last chunk has not been passed on, with the bytes that may be on their way of each; and of all. */
  private readonly windows = new Map<number, number>()
  windowBytes = 0

  private readonly lanes: CreditLanes

  constructor(capacity: number, lanes: CreditLanes) {
    this.lanes = lanes
    this.slots = new Slots(capacity)
    const size = this.slots.size
    this.fromSlot = new Uint32Array(size)
    this.fromGeneration = new Uint32Array(size)
    this.requestId = new Uint32Array(size)
    this.expiry = new Float64Array(size)
    this.partition = new Uint32Array(size)
    this.lane = new Uint8Array(size)
    this.bytes = new Uint32Array(size)
  }

  get out(): number {
    return this.slots.used
  }

  /** A slot for an exchange that `from` asked for in `lane`, or -1 when no more may be open. */
  open(
    from: Port,
    fromSlot: number,
    fromGeneration: number,
    requestId: number,
    expiry: number,
    partition: number,
    lane: number,
  ): number {
    const slots = this.slots
    const slot = slots.take()
    if (slot < 0) return -1
    if (slots.size !== this.fromSlot.length) this.follow(slots.size)
    this.from[slot] = from
    this.fromSlot[slot] = fromSlot
    this.fromGeneration[slot] = fromGeneration
    this.requestId[slot] = requestId
    this.expiry[slot] = expiry
    this.partition[slot] = partition
    if (lane !== 0) this.enter(slot, lane)
    return slot
  }

  /** Whether `slot` is in use now, in this generation. */
  isOpen(slot: number, generation: number): boolean {
    return slot < this.slots.highWater && this.slots.generation[slot] === generation && this.from[slot] !== null
  }

  /** Whether `slot` still carries what `from` asked for under this slot and generation. */
  carries(slot: number, from: Port, fromSlot: number, fromGeneration: number): boolean {
    return this.from[slot] === from && this.fromSlot[slot] === fromSlot && this.fromGeneration[slot] === fromGeneration
  }

  /** More of an addressed one was passed on. */
  carry(slot: number, bytes: number): void {
    if (!isAddressedLane(this.lane[slot]!)) return
    this.bytes[slot] = this.bytes[slot]! + bytes
    this.addressedBytes += bytes
  }

  /** A large request begins, of which so much may be on its way. */
  openWindow(slot: number, bytes: number): void {
    this.windows.set(slot, bytes)
    this.windowBytes += bytes
  }

  /** All of it has been passed on, if it was one. */
  closeWindow(slot: number): void {
    this.windowBytes -= this.windows.get(slot) ?? 0
    this.windows.delete(slot)
  }

  end(slot: number): void {
    this.from[slot] = null
    const lane = this.lane[slot]!
    if (lane !== 0) this.leave(slot, lane)
    if (this.fans.size > 0) this.fans.delete(slot)
    if (this.bodies.size > 0) this.bodies.delete(slot)
    if (this.windows.size > 0) this.closeWindow(slot)
    this.slots.release(slot)
  }

  /** How many are out in a lane. */
  outIn(lane: number): number {
    return lane === 0 ? this.slots.used - this.outBeside : this.outOf[lane]!
  }

  laneOf(slot: number): number {
    return this.lane[slot]!
  }

  private enter(slot: number, lane: number): void {
    this.lane[slot] = lane
    this.outOf[lane]!++
    this.outBeside++
    this.lanes.opened(lane)
  }

  private leave(slot: number, lane: number): void {
    this.lane[slot] = 0
    this.outOf[lane]!--
    this.outBeside--
    this.lanes.ended(lane)
    this.addressedBytes -= this.bytes[slot]!
    this.bytes[slot] = 0
  }

  private follow(size: number): void {
    this.lane = grownU8(this.lane, size)
    this.bytes = grownU32(this.bytes, size)
    this.fromSlot = grownU32(this.fromSlot, size)
    this.fromGeneration = grownU32(this.fromGeneration, size)
    this.requestId = grownU32(this.requestId, size)
    this.partition = grownU32(this.partition, size)
    this.expiry = grownF64(this.expiry, size)
  }
}
