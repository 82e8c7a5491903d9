import type { Link, LinkClosed, LinkHandler } from '@ring/platform'
import { FrameType, lengthBytes, Offset, readU32 } from '../core/frames/frame-header.ts'

/** One node's end of a simulated connection: what is written arrives at the other end, until that direction falls silent. */
export class WireEnd implements Link {
  isOpen = true
  readonly queuedBytes = 0
  /** When its owner gave it up. */
  destroyedMs: number | undefined
  /** When what it sends began to be lost. */
  silentMs: number | undefined
  readonly wire: Wire
  readonly owner: string
  other!: WireEnd
  handler: LinkHandler | undefined

  constructor(wire: Wire, owner: string) {
    this.wire = wire
    this.owner = owner
  }

  write(source: Uint8Array, start: number, end: number): void {
    if (!this.isOpen) return
    this.wire.pings += countPings(source, start, end)
    if (this.silentMs !== undefined) return
    const bytes = source.slice(start, end)
    this.wire.network.carry(this.other, () => {
      if (this.other.isOpen) this.other.handler?.onFrames(this.other, bytes, 0, bytes.length)
      bytes.fill(0xdd)
    })
  }

  close(): void {
    this.end({ kind: 'ended' })
  }

  destroy(): void {
    if (!this.isOpen) return
    this.destroyedMs = this.wire.network.nowMs
    this.end({ kind: 'lost' })
  }

  private end(cause: LinkClosed): void {
    if (!this.isOpen) return
    this.isOpen = false
    const { network } = this.wire
    network.carry(this, () => this.handler?.onClosed(this, cause))
    // Whoever loses what is sent loses the end of the connection as well.
    if (this.silentMs === undefined) network.carry(this.other, () => this.other.closed())
  }

  private closed(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.handler?.onClosed(this, { kind: 'lost' })
  }
}

/** Brings what happens at a node to it, in the order of the calls, when it runs and after a while. */
export interface WireNetwork {
  readonly nowMs: number
  carry(to: WireEnd, arrives: () => void): void
}

/** A simulated connection by which one node asks another. */
export class Wire {
  readonly network: WireNetwork
  readonly asks: WireEnd
  readonly asked: WireEnd
  /** PINGs that either end has sent. */
  pings = 0

  constructor(network: WireNetwork, asks: string, asked: string) {
    this.network = network
    this.asks = new WireEnd(this, asks)
    this.asked = new WireEnd(this, asked)
    this.asks.other = this.asked
    this.asked.other = this.asks
  }

  get isOpen(): boolean {
    return this.asks.isOpen && this.asked.isOpen
  }

  /** When the first of its directions fell silent. */
  get silentMs(): number | undefined {
    const times = [this.asks.silentMs, this.asked.silentMs].filter((ms) => ms !== undefined)
    return times.length === 0 ? undefined : Math.min(...times)
  }
}

function countPings(bytes: Uint8Array, start: number, end: number): number {
  let pings = 0
  for (let at = start; at < end; at += lengthBytes + readU32(bytes, at)) {
    if (bytes[at + Offset.type] === FrameType.ping) pings++
  }
  return pings
}
