import type { Link, LinkClosed, LinkHandler } from '@ring/platform'

/** Links of a simulated ring: bytes wait until the simulation lets them arrive. */
export class MemoryLink implements Link {
  isOpen = true
  queuedBytes = 0
  readonly name: string
  private other: MemoryLink | undefined
  private handler: LinkHandler | undefined
  private queue: Uint8Array[] = []
  private isGone = false

  private constructor(name: string) {
    this.name = name
  }

  static pair(name: string): readonly [MemoryLink, MemoryLink] {
    const one = new MemoryLink(`${name} >`)
    const other = new MemoryLink(`${name} <`)
    one.other = other
    other.other = one
    return [one, other]
  }

  handle(handler: LinkHandler): void {
    this.handler = handler
  }

  write(source: Uint8Array, start: number, end: number): void {
    if (!this.isOpen) return
    const copy = new Uint8Array(source.subarray(start, end))
    this.queue.push(copy)
    this.queuedBytes += copy.length
  }

  /** Whether something waits to arrive at the other end. */
  get hasWaiting(): boolean {
    return this.queue.length > 0
  }

  /** Whether something waits at either end. */
  get isBusy(): boolean {
    return this.hasWaiting || this.other?.hasWaiting === true
  }

  /** Lets what one or more writes took arrive, as one run. */
  deliver(writes: number): void {
    const parts = this.queue.splice(0, writes)
    // Nobody else has what was written: one write need not be copied again.
    const bytes = parts.length === 1 ? parts[0]! : joined(parts)
    const wasFull = this.queuedBytes > 256 * 1024
    this.queuedBytes -= bytes.length
    const { other } = this
    if (other?.isOpen === true) other.handler?.onFrames(other, bytes, 0, bytes.length)
    // As a socket that reads the next into the same place: who kept a view sees it.
    bytes.fill(0xdd)
    if (wasFull && this.queuedBytes <= 256 * 1024 && this.isOpen) this.handler?.onDrain(this)
  }

  close(): void {
    this.destroy()
  }

  destroy(): void {
    this.isOpen = false
  }

  /** Cuts the link: what has not arrived is lost. */
  cut(): void {
    for (const end of [this, this.other]) if (end !== undefined) end.isOpen = false
  }

  /** Tells both ends once, when either has ended the link. */
  settle(): void {
    const { other } = this
    if (this.isOpen && other?.isOpen === true) return
    this.gone({ kind: 'lost' })
    other?.gone({ kind: 'lost' })
  }

  get isSettled(): boolean {
    return this.isGone
  }

  private gone(cause: LinkClosed): void {
    this.isOpen = false
    if (this.isGone) return
    this.isGone = true
    this.queue = []
    this.queuedBytes = 0
    this.handler?.onClosed(this, cause)
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
