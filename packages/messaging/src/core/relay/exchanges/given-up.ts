import { maxSlots } from '../../frames/frame-header.ts'

/** A program with more handlers that nobody waits for is not well: of those beyond it only its link's end is heard. */
const atMost = 16_384

/**
 * The handlers of a program that may still run though nobody waits for them: their exchanges ended by deadline or CANCEL. What they
 * write belongs to the data that is moved, so they count until the program says that they have ended (rule D3).
 */
export class GivenUp {
  /** Their partitions, by slot and generation. */
  private readonly partitions = new Map<number, number>()
  private hasUncounted = false

  get isEmpty(): boolean {
    return this.partitions.size === 0
  }

  add(slot: number, generation: number, partition: number): void {
    if (this.partitions.size < atMost) this.partitions.set(placeOf(slot, generation), partition)
    else this.hasUncounted = true
  }

  ended(slot: number, generation: number): void {
    this.partitions.delete(placeOf(slot, generation))
  }

  /** Whether one of them may write what belongs to these partitions. */
  isIn(closing: Uint8Array): boolean {
    if (this.hasUncounted) return true
    for (const partition of this.partitions.values()) if (closing[partition] === 1) return true
    return false
  }
}

function placeOf(slot: number, generation: number): number {
  return generation * maxSlots + slot
}
