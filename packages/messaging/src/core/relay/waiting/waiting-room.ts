import { copiedBytes } from '../../frames/copied-bytes.ts'
import { Offset, readU32, writeU32 } from '../../frames/frame-header.ts'
import type { RelayPort } from '../relay-port.ts'

/** Of each kind; of what waits at a fence this much on one link, a quarter of the credit that it takes there, */
const framesAtMost = 1_024
const bytesAtMost = 1_024 * 1_024
/** and so many times that on all links. */
const fencedTimes = 4

/** What of the room is taken, by one kind. */
interface Taken {
  frames: number
  bytes: number
}

/**
 * What a frame belongs to: a request of a partition that is being moved, one that is addressed to this server, or another one. None
 * takes the room of the others.
 */
export type WaitingKind = 'fenced' | 'addressed' | 'other'

/** Why a frame waits, as far as that decides about its room. */
export interface Waits {
  readonly kind: WaitingKind
  /** The status that its request is answered where there is no room for it, or for what follows of it. */
  readonly ifFull: number
}

/**
 * What waits at a fence goes back to its origin so long before its deadline, in milliseconds: two ticks of either, and the way. So the
 * origin, which counts the deadline, knows for certain that it was not delivered.
 */
export const backBeforeEndMs = 60

/** A frame that waits at a relay, in a copy of its own. */
export interface WaitingFrame extends Waits {
  readonly port: RelayPort
  readonly bytes: Uint8Array
  readonly sinceMs: number
}

/**
 * Frames that may not be passed on yet: those of a newer table (rule D5), those of partitions whose data is being moved (rule D3), and
 * all deliveries while delivery is held (rule M3). In order, and bounded in number and bytes, each kind by itself.
 */
export class WaitingRoom {
  private frames: WaitingFrame[] = []
  private readonly taken: Readonly<Record<WaitingKind, Taken>> = {
    fenced: { frames: 0, bytes: 0 },
    addressed: { frames: 0, bytes: 0 },
    other: { frames: 0, bytes: 0 },
  }
  /** What is fenced, by link. */
  private readonly fencedOf = new Map<RelayPort, Taken>()
  /** When the first of the deadlines in here passes. */
  firstEndMs = Number.POSITIVE_INFINITY

  get size(): number {
    return this.frames.length
  }

  /** Keeps a copy of the frame; false when the room is full. */
  add(port: RelayPort, bytes: Uint8Array, at: number, end: number, nowMs: number, why: Waits): boolean {
    const size = end - at
    const { kind, ifFull } = why
    if (!this.hasRoom(port, kind, size)) return false
    const frame = { port, bytes: copiedBytes(bytes, at, end), sinceMs: nowMs, kind, ifFull }
    this.frames.push(frame)
    this.count(frame)
    const deadline = readU32(bytes, at + Offset.deadline)
    const early = kind === 'fenced' ? backBeforeEndMs : 0
    if (deadline !== 0) this.firstEndMs = Math.min(this.firstEndMs, nowMs + Math.max(0, deadline - early))
    return true
  }

  private hasRoom(port: RelayPort, kind: WaitingKind, size: number): boolean {
    if (kind !== 'fenced') return fits(this.taken[kind], size, 1)
    return fits(this.taken.fenced, size, fencedTimes) && fits(this.fencedOf.get(port), size, 1)
  }

  /** The first frame that waits here of the exchange that `port` asks for under this slot and generation. */
  find(port: RelayPort, slot: number, generation: number): WaitingFrame | undefined {
    return this.frames.find((frame) => isOf(frame, port, slot, generation))
  }

  /** Removes the frames of one exchange; true when there were any. */
  remove(port: RelayPort, slot: number, generation: number): boolean {
    return this.keepOnly((frame) => !isOf(frame, port, slot, generation))
  }

  removePort(port: RelayPort): void {
    this.keepOnly((frame) => frame.port !== port)
  }

  /** Empties the room: all frames in order. */
  takeAll(): WaitingFrame[] {
    const frames = this.frames
    this.frames = []
    this.countAll()
    this.firstEndMs = Number.POSITIVE_INFINITY
    return frames
  }

  private keepOnly(keep: (frame: WaitingFrame) => boolean): boolean {
    const before = this.frames.length
    this.frames = this.frames.filter(keep)
    this.countAll()
    return this.frames.length < before
  }

  private countAll(): void {
    for (const taken of Object.values(this.taken)) taken.frames = taken.bytes = 0
    this.fencedOf.clear()
    for (const frame of this.frames) this.count(frame)
  }

  private count({ port, kind, bytes }: WaitingFrame): void {
    take(this.taken[kind], bytes.length)
    if (kind !== 'fenced') return
    const ofPort = this.fencedOf.get(port) ?? { frames: 0, bytes: 0 }
    this.fencedOf.set(port, ofPort)
    take(ofPort, bytes.length)
  }
}

function fits(taken: Taken | undefined, bytes: number, times: number): boolean {
  if (taken === undefined) return true
  return taken.frames < times * framesAtMost && taken.bytes + bytes <= times * bytesAtMost
}

function take(taken: Taken, bytes: number): void {
  taken.frames++
  taken.bytes += bytes
}

/** Takes the time a frame has waited off its deadline; false when nothing is left of it. */
export function shortenDeadline(bytes: Uint8Array, at: number, byMs: number): boolean {
  const deadline = readU32(bytes, at + Offset.deadline)
  if (deadline === 0 || byMs <= 0) return true
  if (deadline <= byMs) return false
  writeU32(bytes, at + Offset.deadline, Math.max(1, Math.floor(deadline - byMs)))
  return true
}

function isOf(frame: WaitingFrame, port: RelayPort, slot: number, generation: number): boolean {
  return (
    frame.port === port &&
    readU32(frame.bytes, Offset.slot) === slot &&
    readU32(frame.bytes, Offset.generation) === generation
  )
}
