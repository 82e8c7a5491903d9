import { copiedBytes } from '../../frames/copied-bytes.ts'
import { Offset, readU32, writeU32 } from '../../frames/frame-header.ts'
import type { RelayPort } from '../relay-port.ts'

const framesAtMost = 1_024
const bytesAtMost = 1_024 * 1_024

/** What of the room is taken, by those that are addressed or by the others. */
interface Taken {
  frames: number
  bytes: number
}

/** Why a frame waits, as far as that decides about its room. */
export interface Waits {
  /** It belongs to a request that is addressed to this server. */
  readonly addressed: boolean
  /** The status that its request is answered where there is no room for it, or for what follows of it. */
  readonly ifFull: number
}

/** A frame that waits at a relay, in a copy of its own. */
export interface WaitingFrame extends Waits {
  readonly port: RelayPort
  readonly bytes: Uint8Array
  readonly sinceMs: number
}

/**
 * Frames that may not be passed on yet: those of a newer table (rule D5), and all deliveries while delivery is held
 * (rule M3). In order, and bounded in number and bytes; what is addressed has bounds of its own.
 */
export class WaitingRoom {
  private frames: WaitingFrame[] = []
  private readonly keyed: Taken = { frames: 0, bytes: 0 }
  private readonly addressed: Taken = { frames: 0, bytes: 0 }
  /** When the first of the deadlines in here passes. */
  firstEndMs = Number.POSITIVE_INFINITY

  get size(): number {
    return this.frames.length
  }

  /** Keeps a copy of the frame; false when the room is full. */
  add(port: RelayPort, bytes: Uint8Array, at: number, end: number, nowMs: number, why: Waits): boolean {
    const size = end - at
    const { addressed, ifFull } = why
    const taken = addressed ? this.addressed : this.keyed
    if (taken.frames >= framesAtMost || taken.bytes + size > bytesAtMost) return false
    this.frames.push({ port, bytes: copiedBytes(bytes, at, end), sinceMs: nowMs, addressed, ifFull })
    this.count(taken, size)
    const deadline = readU32(bytes, at + Offset.deadline)
    if (deadline !== 0) this.firstEndMs = Math.min(this.firstEndMs, nowMs + deadline)
    return true
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
    for (const taken of [this.keyed, this.addressed]) taken.frames = taken.bytes = 0
    for (const { addressed, bytes } of this.frames) this.count(addressed ? this.addressed : this.keyed, bytes.length)
  }

  private count(taken: Taken, bytes: number): void {
    taken.frames++
    taken.bytes += bytes
  }
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
