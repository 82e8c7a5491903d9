import type { Link, LinkClosed, LinkHandler } from '@ring/platform'

const highWaterBytes = 256 * 1_024

/** When the other end's handler is called: from within `write`, or right after the turn of the event loop. */
export type Delivery = 'at once' | 'after the turn'

/**
 * A link inside one process; every `write` is of whole frames. From a program to its node, frames are handed over at once,
 * where they lie: a relay never calls back from there. From the node to a program they are gathered into a buffer of
 * their own and follow right after the turn, so that neither side is entered twice.
 */
export class DirectLink implements Link {
  isOpen = true
  queuedBytes = 0
  private readonly delivery: Delivery
  private other: DirectLink | undefined
  private handler: LinkHandler | undefined
  private gathered: Uint8Array | undefined
  private isScheduled = false

  constructor(delivery: Delivery) {
    this.delivery = delivery
  }

  /** The program's end and the node's end of a link; each is given its handler by {@link DirectLink.handle}. */
  static pair(): readonly [DirectLink, DirectLink] {
    const program = new DirectLink('at once')
    const node = new DirectLink('after the turn')
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
    if (this.delivery === 'at once') {
      if (this.other?.isOpen === true) this.other.handler?.onFrames(this.other, source, start, end)
      return
    }
    const used = this.queuedBytes
    const needed = used + end - start
    if (this.gathered === undefined || needed > this.gathered.length) {
      // The first write of a turn is usually the only one.
      const grown = roomFor(used === 0 ? needed : Math.max(needed, this.gathered!.length * 2))
      if (used > 0) grown.set(this.gathered!.subarray(0, used))
      this.gathered = grown
    }
    this.gathered.set(start === 0 && end === source.length ? source : source.subarray(start, end), used)
    this.queuedBytes = needed
    if (this.isScheduled) return
    this.isScheduled = true
    process.nextTick(deliver, this)
  }

  close(): void {
    if (!this.isOpen) return
    const { other } = this
    process.nextTick(() => {
      this.flush()
      this.end({ kind: 'ended' })
      other?.flush()
      other?.end({ kind: 'ended' })
    })
  }

  destroy(): void {
    if (!this.isOpen) return
    this.isOpen = false
    const { other } = this
    process.nextTick(() => {
      this.end({ kind: 'lost' })
      other?.end({ kind: 'lost' })
    })
  }

  flush(): void {
    this.isScheduled = false
    const bytes = this.gathered
    const used = this.queuedBytes
    if (bytes === undefined || used === 0) return
    this.gathered = undefined
    this.queuedBytes = 0
    const { other } = this
    if (other?.isOpen === true && this.isOpen) other.handler?.onFrames(other, bytes, 0, used)
    if (used > highWaterBytes) this.handler?.onDrain(this)
  }

  private end(cause: LinkClosed): void {
    this.isOpen = false
    const { handler } = this
    this.handler = undefined
    handler?.onClosed(this, cause)
  }
}

function deliver(link: DirectLink): void {
  link.flush()
}

/** Memory that is about to be written over; a small piece comes from Node's pool, which costs a sixth. */
function roomFor(bytes: number): Uint8Array {
  return bytes < Buffer.poolSize / 2 ? Buffer.allocUnsafe(bytes) : Buffer.allocUnsafeSlow(bytes)
}
