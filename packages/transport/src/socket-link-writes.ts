import type { Socket } from 'node:net'

const gatherBytes = 64 * 1024
/** Pieces of this size and more are kept by reference: copying them costs more than a further entry of the write. */
const referenceFromBytes = 16 * 1024
/** A piece of this size is a batch that its writer wants on its way; it does not wait for the end of the turn. */
const leavesAtOnceBytes = 4 * 1024

/**
 * The writes of one turn of the event loop. Small pieces are copied into one buffer, which is used again as soon as the
 * kernel has taken it; large ones are kept by reference. They leave right after the turn, together with whatever a
 * large piece has not taken along before.
 */
export class WriteGathering {
  private readonly socket: Socket
  private gather = Buffer.allocUnsafeSlow(gatherBytes)
  /** `[sent, used)` of `gather` waits for the next flush. */
  private used = 0
  private sealed = 0
  /** What waits before the open part of `gather`, in order. */
  private pieces: Uint8Array[] = []
  private waitingBytes = 0
  private scheduled = false
  private socketIsBehind = false
  private dropped = false

  constructor(socket: Socket) {
    this.socket = socket
  }

  /** Bytes taken but not yet given to the operating system. */
  get queuedBytes(): number {
    return this.socketIsBehind ? this.waitingBytes + this.behindBytes() : this.waitingBytes
  }

  add(source: Uint8Array, start: number, end: number): void {
    const size = end - start
    if (size <= 0 || this.dropped) return
    if (size >= referenceFromBytes) {
      this.seal()
      this.pieces.push(source.subarray(start, end))
    } else {
      if (this.used + size > gatherBytes) this.renew()
      this.gather.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.used)
      this.used += size
    }
    this.waitingBytes += size
    if (!this.scheduled) {
      this.scheduled = true
      if (isReceiving) written.push(this)
      else process.nextTick(endTurn, this)
    }
    if (size >= leavesAtOnceBytes) this.flush()
  }

  /** The turn is over: what is left of it leaves. */
  endTurn(): void {
    this.scheduled = false
    this.flush()
  }

  flush(): void {
    if (this.waitingBytes === 0) return
    this.waitingBytes = 0
    if (this.pieces.length === 0 && !this.socketIsBehind) this.writeGathered()
    else this.writePieces()
    this.socketIsBehind = this.socket.writableLength > 0
  }

  drop(): void {
    this.dropped = true
    this.pieces = []
    this.waitingBytes = 0
    this.used = 0
    this.sealed = 0
  }

  private writeGathered(): void {
    this.socket.write(this.gather.subarray(this.sealed, this.used))
    // With nothing left in the socket the kernel has all of it, and the buffer is free again.
    if (this.socket.writableLength === 0) this.used = 0
    else this.gather = Buffer.allocUnsafeSlow(gatherBytes)
    this.used = 0
    this.sealed = 0
  }

  private writePieces(): void {
    this.socket.cork()
    for (const piece of this.pieces) this.socket.write(piece)
    this.pieces = []
    // A copy of the exact size: a peer that reads slowly must not pin a whole gathering buffer for each small write.
    if (this.used > this.sealed) this.socket.write(Buffer.from(this.gather.subarray(this.sealed, this.used)))
    this.socket.uncork()
    if (this.socket.writableLength > 0 && this.sealed > 0) this.gather = Buffer.allocUnsafeSlow(gatherBytes)
    this.used = 0
    this.sealed = 0
  }

  /** Closes the open part of `gather` so that a referenced piece can follow it in order. */
  private seal(): void {
    if (this.used === this.sealed) return
    this.pieces.push(this.gather.subarray(this.sealed, this.used))
    this.sealed = this.used
  }

  private renew(): void {
    this.seal()
    this.gather = Buffer.allocUnsafeSlow(gatherBytes)
    this.used = 0
    this.sealed = 0
  }

  private behindBytes(): number {
    const bytes = this.socket.writableLength
    if (bytes === 0) this.socketIsBehind = false
    return bytes
  }
}

function endTurn(gathering: WriteGathering): void {
  gathering.endTurn()
}

/** Whether a chunk is being handled: then its end is the end of the turn, without a detour over the tick queue. */
let isReceiving = false
const written: WriteGathering[] = []

/** Handles a chunk; what is written meanwhile, to whichever link, leaves when that is done. */
export function asTurn<Argument>(handle: (argument: Argument) => void, argument: Argument): void {
  if (isReceiving) {
    handle(argument)
    return
  }
  isReceiving = true
  try {
    handle(argument)
  } finally {
    isReceiving = false
    for (const gathering of written) gathering.endTurn()
    written.length = 0
  }
}
