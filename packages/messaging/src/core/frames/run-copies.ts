import { roomFor, viewedBytes } from './copied-bytes.ts'

const slabBytes = 64 * 1_024
/** What is longer is rare, and would waste what is left of a slab. */
const alongsideAtMost = slabBytes / 4

/**
 * Copies of runs of frames, next to each other in slabs: a buffer for each would cost more than the copy. A view that somebody
 * keeps holds its slab.
 */
export class RunCopies {
  /** Where the last copy begins, in what {@link RunCopies.copy} returned. */
  at = 0
  private slab: Uint8Array = new Uint8Array(0)
  private used = 0

  /** Copies `[start, end)`; returns where to, which others may share. */
  copy(source: Uint8Array, start: number, end: number): Uint8Array {
    const size = end - start
    const to = size > alongsideAtMost ? this.alone(size) : this.alongside(size)
    to.set(start === 0 && end === source.length ? source : viewedBytes(source, start, end), this.at)
    return to
  }

  private alone(size: number): Uint8Array {
    this.at = 0
    return roomFor(size)
  }

  private alongside(size: number): Uint8Array {
    if (this.used + size > this.slab.length) {
      this.slab = roomFor(slabBytes)
      this.used = 0
    }
    this.at = this.used
    this.used += size
    return this.slab
  }
}
