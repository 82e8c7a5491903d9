import { copiedBytes } from './copied-bytes.ts'
import { Offset, readU32, writeU32 } from './frame-header.ts'
import type { RelayPort } from './relay-port.ts'

const framesAtMost = 1_024
const bytesAtMost = 1_024 * 1_024

/** A frame that waits at a relay, in a copy of its own. */
export interface WaitingFrame {
  readonly port: RelayPort
  readonly bytes: Uint8Array
  readonly sinceMs: number
}

/**
 * Frames that may not be passed on yet: those of a newer table (rule D5), and all deliveries while delivery is suspended
 * (rule M3). In order, and bounded in number and bytes.
 */
export class WaitingRoom {
  private frames: WaitingFrame[] = []
  private heldBytes = 0
  /** When the first of the deadlines in here passes. */
  firstEndMs = Number.POSITIVE_INFINITY

  get size(): number {
    return this.frames.length
  }

  /** Keeps a copy of the frame; false when the room is full. */
  add(port: RelayPort, bytes: Uint8Array, at: number, end: number, nowMs: number): boolean {
    const size = end - at
    if (this.frames.length >= framesAtMost || this.heldBytes + size > bytesAtMost) return false
    this.frames.push({ port, bytes: copiedBytes(bytes, at, end), sinceMs: nowMs })
    this.heldBytes += size
    const deadline = readU32(bytes, at + Offset.deadline)
    if (deadline !== 0) this.firstEndMs = Math.min(this.firstEndMs, nowMs + deadline)
    return true
  }

  /** Whether the exchange that `port` asks for under this slot and generation waits here. */
  holds(port: RelayPort, slot: number, generation: number): boolean {
    return this.frames.some((frame) => isOf(frame, port, slot, generation))
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
    this.heldBytes = 0
    this.firstEndMs = Number.POSITIVE_INFINITY
    return frames
  }

  private keepOnly(keep: (frame: WaitingFrame) => boolean): boolean {
    const before = this.frames.length
    this.frames = this.frames.filter(keep)
    this.heldBytes = this.frames.reduce((sum, frame) => sum + frame.bytes.length, 0)
    return this.frames.length < before
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
