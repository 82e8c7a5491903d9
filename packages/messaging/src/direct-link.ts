import type { Link, LinkClosed, LinkHandler } from '@ring/platform'
import { roomFor, viewedBytes } from './core/frames/copied-bytes.ts'
import { type EventLoop, processLoop } from './event-loop.ts'

const highWaterBytes = 256 * 1_024
/** After so many deliveries right after the turn the next comes with a turn of the event loop; */
const deliveriesATurn = 256
/** so many bytes count as one more. */
const bytesADelivery = 4 * 1_024

/** When the other end's handler is called: from within `write`, or right after the turn of the event loop. */
export type Delivery = 'at once' | 'after the turn'

/**
 * A link inside one process; every `write` is of whole frames. From a program to its node, frames are handed over at once,
 * where they lie: a relay never calls back from there. From the node to a program they are gathered into a buffer of
 * their own and follow right after the turn, so that neither side is entered twice; what lies in a socket's input that the relay is
 * being given ({@link handOn}) follows from where it lies, as soon as the relay is done with that. Two programs that answer
 * each other need no input from outside; so that they do not keep it out, some deliveries let the event loop turn.
 */
export class DirectLink implements Link {
  isOpen = true
  queuedBytes = 0
  private readonly delivery: Delivery
  private readonly loop: EventLoop
  private other: DirectLink | undefined
  private handler: LinkHandler | undefined
  /** The runs before `gathered`, in order. */
  private readonly runs: (Uint8Array | (() => void))[] = []
  private gathered: Uint8Array | undefined
  private gatheredBytes = 0
  private isScheduled = false
  /** Some of what waits lies in the input at hand. */
  private isBorrowing = false
  private deliveries = 0

  constructor(delivery: Delivery, loop: EventLoop = processLoop) {
    this.delivery = delivery
    this.loop = loop
  }

  /** The program's end and the node's end of a link; each is given its handler by {@link DirectLink.handle}. */
  static pair(loop?: EventLoop): readonly [DirectLink, DirectLink] {
    const program = new DirectLink('at once', loop)
    const node = new DirectLink('after the turn', loop)
    program.connect(node)
    return [program, node]
  }

  /** Makes `other` the other end. */
  connect(other: DirectLink): void {
    this.other = other
    other.other = this
  }

  handle(handler: LinkHandler): void {
    this.handler = handler
  }

  write(source: Uint8Array, start: number, end: number): void {
    if (!this.isOpen) return
    if (this.delivery === 'at once') this.handOver(source, start, end)
    else {
      this.queuedBytes += end - start
      if (source === inputAtHand) {
        this.borrow(source, start, end)
        return
      }
      this.gather(source, start, end)
      if (this.isScheduled) return
      this.isScheduled = true
      if (this.deliveries < deliveriesATurn) this.loop.afterTurn(deliver, this)
      else {
        this.deliveries = 0
        this.loop.nextTurn(deliver, this)
      }
    }
  }

  close(): void {
    if (!this.isOpen) return
    const { other } = this
    this.loop.afterTurn(() => {
      this.flush()
      this.end({ kind: 'ended' })
      other?.flush()
      other?.end({ kind: 'ended' })
    }, undefined)
  }

  destroy(): void {
    if (!this.isOpen) return
    this.isOpen = false
    const { other } = this
    this.loop.afterTurn(() => {
      this.end({ kind: 'lost' })
      other?.end({ kind: 'lost' })
    }, undefined)
  }

  /** The turn is over: delivers what waits. */
  turnIsOver(): void {
    this.isScheduled = false
    this.deliveries += 1 + Math.floor(this.queuedBytes / bytesADelivery)
    this.flush()
  }

  flush(): void {
    this.isBorrowing = false
    const used = this.queuedBytes
    if (used === 0 && this.runs.length === 0) return
    this.seal()
    this.queuedBytes = 0
    for (const run of this.runs.splice(0)) {
      const { other } = this
      if (typeof run === 'function') run()
      else if (other?.isOpen === true && this.isOpen) other.handler?.onFrames(other, run, 0, run.length)
    }
    if (used > highWaterBytes) this.handler?.onDrain(this)
  }

  /** Calls `notice` in the order of what was written: at once where nothing waits. */
  inOrder(notice: () => void): void {
    if (!this.isScheduled && !this.isBorrowing) notice()
    else {
      this.seal()
      this.runs.push(notice)
    }
  }

  private handOver(source: Uint8Array, start: number, end: number): void {
    const { other } = this
    if (other?.isOpen === true) other.handler?.onFrames(other, source, start, end)
  }

  private borrow(source: Uint8Array, start: number, end: number): void {
    this.seal()
    this.runs.push(viewedBytes(source, start, end))
    if (this.isBorrowing) return
    this.isBorrowing = true
    borrowing.push(this)
  }

  private gather(source: Uint8Array, start: number, end: number): void {
    const used = this.gatheredBytes
    const needed = used + end - start
    if (this.gathered === undefined || needed > this.gathered.length) {
      // The first write of a turn is usually the only one.
      const grown = roomFor(used === 0 ? needed : Math.max(needed, this.gathered!.length * 2))
      if (used > 0) grown.set(this.gathered!.subarray(0, used))
      this.gathered = grown
    }
    this.gathered.set(start === 0 && end === source.length ? source : source.subarray(start, end), used)
    this.gatheredBytes = needed
  }

  private seal(): void {
    if (this.gathered === undefined) return
    this.runs.push(this.gathered.subarray(0, this.gatheredBytes))
    this.gathered = undefined
    this.gatheredBytes = 0
  }

  private end(cause: LinkClosed): void {
    this.isOpen = false
    const { handler } = this
    this.handler = undefined
    handler?.onClosed(this, cause)
  }
}

/** What a socket has read, while its frames are being handed on. */
let inputAtHand: Uint8Array | undefined
/** Links that have something of it to deliver. */
const borrowing: DirectLink[] = []

/** Who takes the frames of a port: a relay. */
interface FrameTaker<Port> {
  onFrames(port: Port, input: Uint8Array, start: number, end: number): void
}

/** Hands on frames of a socket's input, and delivers those for programs in this process before that is used again. */
export function handOn<Port>(taker: FrameTaker<Port>, port: Port, input: Uint8Array, start: number, end: number): void {
  inputAtHand = input
  try {
    taker.onFrames(port, input, start, end)
  } finally {
    inputAtHand = undefined
    if (borrowing.length > 0) for (const link of borrowing.splice(0)) link.flush()
  }
}

function deliver(link: DirectLink): void {
  link.turnIsOver()
}
