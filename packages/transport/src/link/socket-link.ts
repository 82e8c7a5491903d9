import type { Socket } from 'node:net'
import type { Link, LinkClosed, LinkHandler } from '@ring/platform'
import { receiveFrom } from './arrivals.ts'
import { type FrameBounds, FrameSplitter } from './frame-splitter.ts'
import { asTurn, WriteGathering } from './socket-link-writes.ts'

/** The bounds of a socket link; sizes in bytes. */
export interface SocketLinkOptions {
  readonly frames: FrameBounds
  /** Above this `onDrain` will follow once all has been written. Default 256 KiB. */
  readonly highWaterBytes?: number
  /** What may wait for a peer that does not read; beyond it the link is destroyed. Default 64 MiB. */
  readonly maxQueuedBytes?: number
  /** How long `close` waits for what was taken to be written and for the peer's end. Default 5 000 ms. */
  readonly closeTimeoutMs?: number
}

const defaultHighWaterBytes = 256 * 1024
const defaultMaxQueuedBytes = 64 * 1024 * 1024
const defaultCloseTimeoutMs = 5_000

/**
 * A {@link Link} over a connected TCP, TLS or UNIX socket, which it takes over. Frames are handed over as they lie in
 * what was read; writes of one turn of the event loop leave as one.
 */
export class SocketLink implements Link {
  isOpen = true
  private readonly socket: Socket
  private readonly splitter: FrameSplitter
  private readonly writes: WriteGathering
  private readonly highWaterBytes: number
  private readonly maxQueuedBytes: number
  private readonly closeTimeoutMs: number
  private handler: LinkHandler
  private cause: LinkClosed = { kind: 'lost' }
  private aboveHighWater = false
  private closing = false
  private overfull = false

  constructor(socket: Socket, handler: LinkHandler, options: SocketLinkOptions) {
    this.socket = socket
    this.handler = handler
    this.splitter = new FrameSplitter(options.frames)
    this.writes = new WriteGathering(socket)
    this.highWaterBytes = options.highWaterBytes ?? defaultHighWaterBytes
    this.maxQueuedBytes = options.maxQueuedBytes ?? defaultMaxQueuedBytes
    this.closeTimeoutMs = options.closeTimeoutMs ?? defaultCloseTimeoutMs
    socket.setNoDelay(true)
    const receive = (bytes: Uint8Array, end: number): void => {
      this.receive(bytes, end)
    }
    receiveFrom(socket, (bytes, end) => {
      asTurn(receive, bytes, end)
    })
    socket.on('drain', () => {
      this.drained()
    })
    socket.on('end', () => {
      if (this.cause.kind === 'lost' && this.cause.error === undefined) this.cause = { kind: 'ended' }
    })
    socket.on('error', (error) => {
      if (this.cause.kind !== 'violation') this.cause = { kind: 'lost', error }
    })
    socket.once('close', () => {
      this.ended()
    })
    // A socket that ended before it was handed over has no 'close' left to send.
    if (socket.destroyed)
      setImmediate(() => {
        this.ended()
      })
  }

  get queuedBytes(): number {
    return this.writes.queuedBytes
  }

  write(source: Uint8Array, start: number, end: number): void {
    if (!this.isOpen || this.closing) return
    this.writes.add(source, start, end)
    if (this.writes.queuedBytes > this.highWaterBytes) this.aboveMark()
  }

  /** Ends the turn for this link: what was taken leaves now. */
  flush(): void {
    this.writes.flush()
  }

  close(): void {
    if (!this.isOpen || this.closing) return
    this.closing = true
    this.cause = { kind: 'ended' }
    this.writes.flush()
    this.socket.end()
    this.socket.setTimeout(this.closeTimeoutMs, () => {
      this.socket.destroy()
    })
  }

  destroy(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.writes.drop()
    this.socket.destroy()
  }

  /** Ends the link because the peer broke a bound or a rule; `onClosed` names it. */
  violate(reason: string): void {
    if (!this.isOpen) return
    this.cause = { kind: 'violation', reason }
    this.destroy()
  }

  /** Hands the link to its next owner, with the bounds of its next state: what follows a handshake. */
  handOver(handler: LinkHandler, frames: FrameBounds): void {
    this.handler = handler
    this.splitter.setBounds(frames)
  }

  /** Called by the splitter. */
  onRun(buffer: Uint8Array, start: number, end: number): boolean {
    this.handler.onFrames(this, buffer, start, end)
    return this.isOpen
  }

  private receive(bytes: Uint8Array, end: number): void {
    if (!this.isOpen) return
    if (this.splitter.push(bytes, this, end) === 'too-long') this.violate('a frame is longer than allowed here')
  }

  private aboveMark(): void {
    this.aboveHighWater = true
    if (this.writes.queuedBytes <= this.maxQueuedBytes || this.overfull) return
    this.overfull = true
    // Not from within `write`: its caller may be in the middle of a run of frames.
    process.nextTick(() => {
      this.violate('does not read what is sent to it')
    })
  }

  private drained(): void {
    if (!this.aboveHighWater || !this.isOpen || this.writes.queuedBytes > this.highWaterBytes) return
    this.aboveHighWater = false
    this.handler.onDrain(this)
  }

  private ended(): void {
    this.isOpen = false
    this.writes.drop()
    this.handler.onClosed(this, this.cause)
  }
}
