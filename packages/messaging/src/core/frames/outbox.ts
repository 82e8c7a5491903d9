import type { Link } from '@ring/platform'
import { TurnHalving } from './turn-halving.ts'

/** Room for the longest frame. */
const boxBytes = 72 * 1024

/**
 * Builds the frames of one turn next to each other, so that a link is given them in one call, or, where that pays, in two
 * halves. `reserve` names the place of a frame in
 * {@link Outbox.bytes}; the frame is written there at once.
 */
export class Outbox {
  bytes = new Uint8Array(boxBytes)
  private used = 0
  private handedOver = 0
  private wasHalved = false
  private readonly halving = new TurnHalving()
  private link: Link | undefined
  private readonly wake: () => void
  private awake = false

  /** @param wake asks the shell to call {@link Outbox.flush} at the end of this turn */
  constructor(wake: () => void) {
    this.wake = wake
  }

  connect(link: Link | undefined): void {
    this.used = 0
    this.link = link
  }

  /** The offset in {@link Outbox.bytes} of `size` bytes that the caller fills before anything else is reserved. */
  reserve(size: number): number {
    if (this.used >= this.halving.halfwayBytes && this.handedOver === 0) {
      this.wasHalved = true
      this.handOver()
    }
    if (this.used + size > this.bytes.length) {
      this.handOver()
      if (size > this.bytes.length) this.bytes = new Uint8Array(size)
    }
    const at = this.used
    this.used += size
    if (!this.awake) this.wakeUp()
    return at
  }

  /** Asks for a flush at the end of this turn. */
  wakeUp(): void {
    if (this.awake) return
    this.awake = true
    this.wake()
  }

  flush(): void {
    this.awake = false
    this.handOver()
    this.halving.turnIsOver(this.handedOver, this.wasHalved)
    this.handedOver = 0
    this.wasHalved = false
  }

  private handOver(): void {
    const used = this.used
    if (used === 0) return
    this.used = 0
    this.handedOver += used
    this.link?.write(this.bytes, 0, used)
    if (this.bytes.length > boxBytes) this.bytes = new Uint8Array(boxBytes)
  }
}
