import type { Link } from '@ring/platform'
import { FrameType, headerBytes, writeHeader, writeU32 } from '../../frames/frame-header.ts'

export const ackPairBytes = 8
const pairsAtMost = 1_024

/** Acknowledgements of one turn, sent as one ACK frame: pairs of slot and generation. */
export class AckGathering {
  private frame = new Uint8Array(headerBytes + 16 * ackPairBytes)
  private used = headerBytes

  get isEmpty(): boolean {
    return this.used === headerBytes
  }

  add(link: Link, slot: number, generation: number): void {
    if (this.used === this.frame.length) this.makeRoom(link)
    writeU32(this.frame, this.used, slot)
    writeU32(this.frame, this.used + 4, generation)
    this.used += ackPairBytes
  }

  flush(link: Link): void {
    if (this.isEmpty) return
    writeHeader(this.frame, 0, FrameType.ack, 0, this.used - headerBytes)
    link.write(this.frame, 0, this.used)
    this.used = headerBytes
  }

  private makeRoom(link: Link): void {
    const pairs = (this.frame.length - headerBytes) / ackPairBytes
    if (pairs >= pairsAtMost) {
      this.flush(link)
      return
    }
    const larger = new Uint8Array(headerBytes + Math.min(pairs * 4, pairsAtMost) * ackPairBytes)
    larger.set(this.frame)
    this.frame = larger
  }
}
