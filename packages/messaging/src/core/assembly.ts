import { maxMessageBytes } from './frame-header.ts'

const unfinishedAtMost = 64 * 1_024 * 1_024

/** The memory that unfinished bodies of one program may take together. */
export class AssemblyBudget {
  private taken = 0

  /** A place for a body of `bytes`, or `undefined` when a bound would be exceeded. */
  begin(bytes: number): Assembly | undefined {
    if (bytes > maxMessageBytes || this.taken + bytes > unfinishedAtMost) return undefined
    this.taken += bytes
    return new Assembly(bytes)
  }

  /** Gives back what a finished or dropped body had taken. */
  end(assembly: Assembly): void {
    this.taken -= assembly.announcedBytes
  }
}

const firstRoom = 256 * 1_024

/** A chunked body that is being put together. Memory follows what has arrived, not what was announced. */
export class Assembly {
  readonly announcedBytes: number
  private bytes: Uint8Array
  private used = 0

  constructor(announcedBytes: number) {
    this.announcedBytes = announcedBytes
    this.bytes = new Uint8Array(Math.min(announcedBytes, firstRoom))
  }

  /** Takes the next piece; false when it is more than was announced. */
  add(source: Uint8Array, start: number, end: number): boolean {
    const used = this.used + end - start
    if (used > this.announcedBytes) return false
    if (used > this.bytes.length) {
      const grown = new Uint8Array(Math.min(this.announcedBytes, Math.max(used, this.bytes.length * 4)))
      grown.set(this.bytes.subarray(0, this.used))
      this.bytes = grown
    }
    this.bytes.set(source.subarray(start, end), this.used)
    this.used = used
    return true
  }

  /** The whole body, or `undefined` when something is missing. */
  get whole(): Uint8Array | undefined {
    return this.used === this.announcedBytes ? this.bytes : undefined
  }
}
