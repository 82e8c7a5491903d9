/** Where a splitter puts what it found: `[start, end)` of `buffer` holds whole frames, lengths included. */
export interface FrameRuns {
  /** The bytes are the receiver's to change until this returns. It returns false when no more frames are wanted. */
  onRun(buffer: Uint8Array, start: number, end: number): boolean
}

/** What {@link FrameSplitter.push} came to. */
export type SplitOutcome = 'ok' | 'too-long' | 'stopped'

/** How the frames of a link are bounded while it is in one state (docs/protocol.md, table of bounds). */
export interface FrameBounds {
  /** The longest frame, without its length field. */
  readonly maxFrameBytes: number
  /**
   * True while every frame may change the state of the link (a handshake): frames are then handed over one by one, so
   * that new bounds already hold for the frame that follows in the same chunk.
   */
  readonly oneByOne: boolean
}

const lengthBytes = 4
/** Room for frames that lie across two reads: used again and again, by all splitters of the process. */
const spareBytes = 20 * 1024
const sparesAtMost = 16
const spares: Uint8Array[] = []

/**
 * Cuts a byte stream into frames (`u32` length, little-endian, then that many bytes). Whole frames are handed over where
 * they lie, as runs as long as possible; only a frame that lies across two reads is copied, once.
 */
export class FrameSplitter {
  private maxFrameBytes: number
  private oneByOne: boolean
  private readonly length = new Uint8Array(lengthBytes)
  private lengthUsed = 0
  private partial: Uint8Array | undefined
  private partialBytes = 0
  private partialUsed = 0

  constructor(bounds: FrameBounds) {
    this.maxFrameBytes = bounds.maxFrameBytes
    this.oneByOne = bounds.oneByOne
  }

  /** Bytes of an unfinished frame that are kept until the rest arrives. */
  get heldBytes(): number {
    return this.lengthUsed + this.partialUsed
  }

  setBounds(bounds: FrameBounds): void {
    this.maxFrameBytes = bounds.maxFrameBytes
    this.oneByOne = bounds.oneByOne
  }

  /** Takes the next bytes of the stream: `[0, end)` of `read`, which is the caller's again when this returns. */
  push(read: Uint8Array, runs: FrameRuns, end = read.length): SplitOutcome {
    let position = 0
    if (this.lengthUsed > 0) {
      position = this.finishLength(read, end)
      if (!this.beginPartial()) return 'too-long'
    }
    const { partial } = this
    if (partial !== undefined) {
      position = this.finishPartial(partial, read, position, end)
      if (this.partialUsed === this.partialBytes && !this.handOverPartial(partial, runs)) return 'stopped'
    }
    return this.split(read, position, end, runs)
  }

  private split(read: Uint8Array, from: number, end: number, runs: FrameRuns): SplitOutcome {
    let runStart = from
    let position = from
    while (end - position >= lengthBytes) {
      const length = readLength(read, position)
      if (length > this.maxFrameBytes) {
        if (position > runStart && !runs.onRun(read, runStart, position)) return 'stopped'
        return 'too-long'
      }
      const next = position + lengthBytes + length
      if (next > end) break
      position = next
      if (this.oneByOne) {
        if (!runs.onRun(read, runStart, position)) return 'stopped'
        runStart = position
      }
    }
    if (position > runStart && !runs.onRun(read, runStart, position)) return 'stopped'
    return this.keep(read, position, end)
  }

  private keep(read: Uint8Array, from: number, end: number): SplitOutcome {
    const rest = end - from
    if (rest === 0) return 'ok'
    if (rest < lengthBytes) {
      this.length.set(read.subarray(from, end))
      this.lengthUsed = rest
      return 'ok'
    }
    const length = readLength(read, from)
    // The hand-over just before may have changed the bounds.
    if (length > this.maxFrameBytes) return 'too-long'
    this.partialBytes = lengthBytes + length
    this.partial = roomFor(this.partialBytes)
    this.partial.set(read.subarray(from, end))
    this.partialUsed = rest
    return 'ok'
  }

  private finishLength(read: Uint8Array, end: number): number {
    let position = 0
    while (this.lengthUsed < lengthBytes && position < end) {
      this.length[this.lengthUsed++] = read[position++]!
    }
    return position
  }

  /** Makes room for the frame once its length is known; false when it may not be that long. */
  private beginPartial(): boolean {
    if (this.lengthUsed < lengthBytes) return true
    const length = readLength(this.length, 0)
    if (length > this.maxFrameBytes) return false
    this.partialBytes = lengthBytes + length
    this.partial = roomFor(this.partialBytes)
    this.partial.set(this.length)
    this.partialUsed = lengthBytes
    this.lengthUsed = 0
    return true
  }

  private finishPartial(partial: Uint8Array, read: Uint8Array, from: number, end: number): number {
    const taken = Math.min(this.partialBytes - this.partialUsed, end - from)
    partial.set(read.subarray(from, from + taken), this.partialUsed)
    this.partialUsed += taken
    return from + taken
  }

  private handOverPartial(whole: Uint8Array, runs: FrameRuns): boolean {
    this.partial = undefined
    this.partialUsed = 0
    const goesOn = runs.onRun(whole, 0, this.partialBytes)
    if (whole.length === spareBytes && spares.length < sparesAtMost) spares.push(whole)
    return goesOn
  }
}

function roomFor(bytes: number): Uint8Array {
  // Memory that is written over before anybody sees it: what is not zeroed costs half.
  return bytes > spareBytes ? Buffer.allocUnsafeSlow(bytes) : (spares.pop() ?? Buffer.allocUnsafeSlow(spareBytes))
}

function readLength(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
