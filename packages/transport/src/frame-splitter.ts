/** Where a splitter puts what it found: `[start, end)` of `buffer` holds whole frames, lengths included. */
export interface FrameRuns {
  /** The buffer is the receiver's to keep and to change. Returns false when no more frames are wanted. */
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

/**
 * Cuts a byte stream into frames (`u32` length, little-endian, then that many bytes). Whole frames are handed over where
 * they lie, as runs as long as possible; only a frame that spans chunks is copied, once, into a buffer of its own.
 */
export class FrameSplitter {
  private maxFrameBytes: number
  private oneByOne: boolean
  private readonly length = new Uint8Array(lengthBytes)
  private lengthUsed = 0
  private partial: Uint8Array | undefined
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

  /** Takes the next bytes of the stream; `chunk` belongs to the splitter from here on. */
  push(chunk: Uint8Array, runs: FrameRuns): SplitOutcome {
    let position = 0
    if (this.lengthUsed > 0) {
      position = this.finishLength(chunk)
      if (!this.beginPartial()) return 'too-long'
    }
    const { partial } = this
    if (partial !== undefined) {
      position = this.finishPartial(partial, chunk, position)
      if (this.partialUsed === partial.length && !this.handOverPartial(partial, runs)) return 'stopped'
    }
    return this.split(chunk, position, runs)
  }

  private split(chunk: Uint8Array, from: number, runs: FrameRuns): SplitOutcome {
    const end = chunk.length
    let runStart = from
    let position = from
    while (end - position >= lengthBytes) {
      const length = readLength(chunk, position)
      if (length > this.maxFrameBytes) {
        if (position > runStart && !runs.onRun(chunk, runStart, position)) return 'stopped'
        return 'too-long'
      }
      const next = position + lengthBytes + length
      if (next > end) break
      position = next
      if (this.oneByOne) {
        if (!runs.onRun(chunk, runStart, position)) return 'stopped'
        runStart = position
      }
    }
    if (position > runStart && !runs.onRun(chunk, runStart, position)) return 'stopped'
    return this.keep(chunk, position)
  }

  private keep(chunk: Uint8Array, from: number): SplitOutcome {
    const rest = chunk.length - from
    if (rest === 0) return 'ok'
    if (rest < lengthBytes) {
      this.length.set(chunk.subarray(from))
      this.lengthUsed = rest
      return 'ok'
    }
    const length = readLength(chunk, from)
    // The hand-over just before may have changed the bounds.
    if (length > this.maxFrameBytes) return 'too-long'
    this.partial = roomFor(lengthBytes + length)
    this.partial.set(chunk.subarray(from))
    this.partialUsed = rest
    return 'ok'
  }

  private finishLength(chunk: Uint8Array): number {
    let position = 0
    while (this.lengthUsed < lengthBytes && position < chunk.length) {
      this.length[this.lengthUsed++] = chunk[position++]!
    }
    return position
  }

  /** Makes room for the frame once its length is known; false when it may not be that long. */
  private beginPartial(): boolean {
    if (this.lengthUsed < lengthBytes) return true
    const length = readLength(this.length, 0)
    if (length > this.maxFrameBytes) return false
    this.partial = roomFor(lengthBytes + length)
    this.partial.set(this.length)
    this.partialUsed = lengthBytes
    this.lengthUsed = 0
    return true
  }

  private finishPartial(partial: Uint8Array, chunk: Uint8Array, from: number): number {
    const taken = Math.min(partial.length - this.partialUsed, chunk.length - from)
    partial.set(chunk.subarray(from, from + taken), this.partialUsed)
    this.partialUsed += taken
    return from + taken
  }

  private handOverPartial(whole: Uint8Array, runs: FrameRuns): boolean {
    this.partial = undefined
    this.partialUsed = 0
    return runs.onRun(whole, 0, whole.length)
  }
}

/** Memory that is written over before anybody sees it: what is not zeroed costs half. */
function roomFor(bytes: number): Uint8Array {
  return Buffer.allocUnsafeSlow(bytes)
}

function readLength(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}
