import type { Link, LinkClosed, LinkHandler } from '@ring/platform'

const highWaterBytes = 256 * 1_024

/**
 * A link inside one process: what one end writes in a turn of the event loop reaches the other end's handler right after
 * the turn, as one run of frames in a buffer of its own. Never from within `write`, so that neither side is entered twice.
 */
export class DirectLink implements Link {
  isOpen = true
  queuedBytes = 0
  private other: DirectLink | undefined
  private handler: LinkHandler | undefined
  private gathered: Uint8Array | undefined
  private isScheduled = false

  /** The two ends of a link; each is given its handler by {@link DirectLink.handle}. */
  static pair(): readonly [DirectLink, DirectLink] {
    const one = new DirectLink()
    const other = new DirectLink()
    one.other = other
    other.other = one
    return [one, other]
  }

  handle(handler: LinkHandler): void {
    this.handler = handler
  }

  write(source: Uint8Array, start: number, end: number): void {
    if (!this.isOpen) return
    const used = this.queuedBytes
    const needed = used + end - start
    if (this.gathered === undefined || needed > this.gathered.length) {
      // The first write of a turn is usually the only one.
      const grown = new Uint8Array(used === 0 ? needed : Math.max(needed, this.gathered!.length * 2))
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
