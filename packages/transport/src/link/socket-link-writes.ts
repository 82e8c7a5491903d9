import type { Socket } from 'node:net'

const gatherBytes = 64 * 1024
/** A piece of this size is a batch that its writer wants on its way; it does not wait for the end of the turn. */
const leavesAtOnceBytes = 4 * 1024
/** From this much on a buffer that has to wait is given away as it is; less is copied, to pin no more than needed. */
const givenAwayFromBytes = gatherBytes / 4
/** For all links of the process together: 2 MiB. */
const sparesAtMost = 32
const spares: Buffer[] = []

/**
 * The writes of one turn of the event loop, copied into one buffer that is used again as soon as the socket is done with
 * it. A copy of 64 KiB takes a few microseconds; a new buffer for each write, and the garbage of it, took ten times that.
 */
export class WriteGathering {
  private readonly socket: Socket
  private readonly tellsWhenWritten: boolean
  private gather: Buffer = freshGather()
  private used = 0
  private scheduled = false
  private socketIsBehind = false
  private dropped = false
  /** Given to a socket that tells when it is done, in order; empty places are copies. */
  private readonly givenAway: (Buffer | undefined)[] = []
  /** Given to a socket that does not tell: free again once nothing is left in it. */
  private lent: Buffer[] = []
  private readonly written = (): void => {
    const done = this.givenAway.shift()
    if (done !== undefined) spare(done)
  }

  /**
   * @param socket with TLS a write is never done at once, so such a socket is asked to tell; another has usually given all
   * of it to the kernel when `write` returns
   */
  constructor(socket: Socket) {
    this.socket = socket
    this.tellsWhenWritten = 'encrypted' in socket
  }

  /** Bytes taken but not yet given to the operating system. */
  get queuedBytes(): number {
    return this.socketIsBehind ? this.used + this.behindBytes() : this.used
  }

  add(source: Uint8Array, start: number, end: number): void {
    const size = end - start
    if (size <= 0 || this.dropped) return
    if (this.used + size <= gatherBytes) {
      this.gather.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.used)
      this.used += size
    } else this.addInParts(source, start, end)
    if (!this.scheduled) {
      this.scheduled = true
      if (isReceiving) written.push(this)
      else process.nextTick(endTurn, this)
    }
    if (size >= leavesAtOnceBytes && !this.tellsWhenWritten) this.flush()
  }

  /** The turn is over: what is left of it leaves. */
  endTurn(): void {
    this.scheduled = false
    this.flush()
  }

  flush(): void {
    const used = this.used
    if (used === 0) return
    this.used = 0
    if (this.tellsWhenWritten) this.writeAndHear(used)
    else this.writeAndLook(used)
  }

  drop(): void {
    this.dropped = true
    this.used = 0
  }

  private addInParts(source: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      if (this.used === gatherBytes) this.flush()
      const next = Math.min(end, at + gatherBytes - this.used)
      this.gather.set(source.subarray(at, next), this.used)
      this.used += next - at
      at = next
    }
  }

  private writeAndLook(used: number): void {
    const view = this.gather.subarray(0, used)
    if (this.socketIsBehind && this.behindBytes() > 0 && used < givenAwayFromBytes) {
      this.socket.write(Buffer.from(view))
      return
    }
    this.socket.write(view)
    // With nothing left in the socket the kernel has all of it, and the buffer is free again.
    this.socketIsBehind = this.socket.writableLength > 0
    if (this.socketIsBehind) {
      this.lent.push(this.gather)
      this.gather = freshGather()
    } else if (this.lent.length > 0) this.reclaim()
  }

  private writeAndHear(used: number): void {
    this.socketIsBehind = true
    const view = this.gather.subarray(0, used)
    if (used < givenAwayFromBytes && this.socket.writableLength > 0 && spares.length === 0) {
      this.givenAway.push(undefined)
      this.socket.write(Buffer.from(view), this.written)
      return
    }
    this.givenAway.push(this.gather)
    this.socket.write(view, this.written)
    this.gather = freshGather()
  }

  private behindBytes(): number {
    const bytes = this.socket.writableLength
    if (bytes === 0) {
      this.socketIsBehind = false
      this.reclaim()
    }
    return bytes
  }

  private reclaim(): void {
    for (const buffer of this.lent) spare(buffer)
    this.lent = []
  }
}

function freshGather(): Buffer {
  return spares.pop() ?? Buffer.allocUnsafeSlow(gatherBytes)
}

function spare(buffer: Buffer): void {
  if (spares.length < sparesAtMost) spares.push(buffer)
}

function endTurn(gathering: WriteGathering): void {
  gathering.endTurn()
}

/** Whether what was read is being handled: then the end of that is the end of the turn, without a detour over the tick queue. */
let isReceiving = false
const written: WriteGathering[] = []

/** Handles what was read; what is written meanwhile, to whichever link, leaves when that is done. */
export function asTurn(handle: (bytes: Uint8Array, end: number) => void, bytes: Uint8Array, end: number): void {
  if (isReceiving) {
    handle(bytes, end)
    return
  }
  isReceiving = true
  try {
    handle(bytes, end)
  } finally {
    isReceiving = false
    for (const gathering of written) gathering.endTurn()
    written.length = 0
  }
}
