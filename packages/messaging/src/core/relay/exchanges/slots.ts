/**
 * Numbers for exchanges that are out, each with a generation: `(slot, generation)` is never used twice, so an answer
 * that comes too late is recognised. Grows by doubling up to `capacity`; freed numbers are used again first.
 */
export class Slots {
  readonly capacity: number
  /** The generation of each slot's present or next use; 1 at first. */
  generation: Uint32Array
  used = 0
  /** No slot at or above this was ever taken. */
  highWater = 0
  private free: Uint32Array
  private freeCount = 0

  constructor(capacity: number, initial = 64) {
    this.capacity = capacity
    const size = Math.min(capacity, initial)
    this.generation = new Uint32Array(size).fill(1)
    this.free = new Uint32Array(size)
  }

  /** How many slots there are arrays for; parallel arrays of the owner follow it. */
  get size(): number {
    return this.generation.length
  }

  /** A free slot, or -1 when all of `capacity` are in use. May make {@link Slots.size} grow. */
  take(): number {
    if (this.freeCount > 0) {
      this.used++
      return this.free[--this.freeCount]!
    }
    if (this.highWater === this.generation.length && !this.grow()) return -1
    this.used++
    return this.highWater++
  }

  /** Frees a slot that was taken; its generation is over. */
  release(slot: number): void {
    this.generation[slot] = this.generation[slot]! + 1
    this.free[this.freeCount++] = slot
    this.used--
  }

  private grow(): boolean {
    const size = Math.min(this.capacity, this.generation.length * 2)
    if (size === this.generation.length) return false
    const generation = new Uint32Array(size).fill(1)
    generation.set(this.generation)
    const free = new Uint32Array(size)
    free.set(this.free)
    this.generation = generation
    this.free = free
    return true
  }
}

/** `array` in the new size, with what it held. */
export function grownU32(array: Uint32Array, size: number): Uint32Array {
  const grown = new Uint32Array(size)
  grown.set(array)
  return grown
}

export function grownF64(array: Float64Array, size: number): Float64Array {
  const grown = new Float64Array(size)
  grown.set(array)
  return grown
}

export function grownU8(array: Uint8Array, size: number): Uint8Array {
  const grown = new Uint8Array(size)
  grown.set(array)
  return grown
}
