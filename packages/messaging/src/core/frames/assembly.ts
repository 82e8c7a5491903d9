import { windowBytes } from './credit-frame.ts'
import { maxMessageBytes } from './frame-header.ts'

const unfinishedAtMost = 64 * 1_024 * 1_024
/** What all bodies together may have room for before it has arrived. */
const aheadAtMost = 16 * 1_024 * 1_024
/** Who gets no more than this at first has it grow with what arrives. */
const firstRoom = 256 * 1_024

/** The memory that unfinished bodies of one program may take together. */
export class AssemblyBudget {
  private taken = 0
  private ahead = 0

  /**
   * A place for a body of `bytes`, or `undefined` when a bound would be exceeded. Its room is made at once, as long as not too
   * much of that waits to be filled: so a body of one that sends is copied once, and memory follows what arrives from one that
   * only announces.
   */
  begin(bytes: number): Assembly | undefined {
    if (bytes > maxMessageBytes || this.taken + bytes > unfinishedAtMost) return undefined
    this.taken += bytes
    const room = this.ahead + bytes > aheadAtMost ? Math.min(bytes, firstRoom) : bytes
    return new Assembly(bytes, room, this)
  }

  /** Gives back what a finished or dropped body had taken. */
  end(assembly: Assembly): void {
    this.taken -= assembly.announcedBytes
    this.movedAhead(-assembly.aheadBytes)
    assembly.letGo()
  }

  /** So many more bytes of room wait to be filled. */
  movedAhead(bytes: number): void {
    this.ahead += bytes
  }
}

const nothing = new Uint8Array(0)

/** A chunked body that is being put together. */
export class Assembly {
  readonly announcedBytes: number
  private readonly budget: AssemblyBudget
  private bytes: Uint8Array
  private used = 0
  private granted = windowBytes

  constructor(announcedBytes: number, room: number, budget: AssemblyBudget) {
    this.announcedBytes = announcedBytes
    this.budget = budget
    this.bytes = unwritten(room)
    budget.movedAhead(room)
  }

  /** Room that has not been filled. */
  get aheadBytes(): number {
    return this.bytes.length - this.used
  }

  /** Takes the next piece; false when it is more than was announced. */
  add(source: Uint8Array, start: number, end: number): boolean {
    const used = this.used + end - start
    if (used > this.announcedBytes) return false
    if (used > this.bytes.length) this.grow(Math.min(this.announcedBytes, Math.max(used, this.bytes.length * 4)))
    this.bytes.set(source.subarray(start, end), this.used)
    this.used = used
    this.budget.movedAhead(start - end)
    return true
  }

  /** The limit that its sender is to hear of now, so that it need not wait; 0 while that has time. */
  nextCredit(): number {
    if (this.granted >= this.announcedBytes || this.granted - this.used > windowBytes / 2) return 0
    this.granted = this.used + windowBytes
    return this.granted
  }

  /** The whole body, or `undefined` when something is missing. */
  get whole(): Uint8Array | undefined {
    return this.used === this.announcedBytes ? this.bytes : undefined
  }

  /** Once the collector holds an assembly for old it would hold its bytes with it. */
  letGo(): void {
    this.bytes = nothing
  }

  private grow(room: number): void {
    const grown = unwritten(room)
    this.budget.movedAhead(room - this.bytes.length)
    grown.set(this.bytes.subarray(0, this.used))
    this.bytes = grown
  }
}

/** Memory without zeroes: nobody sees it before all of it has been written. */
function unwritten(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)
}
