const firstRoom = 1_024

/** Bytes that come piece by piece and are wanted as one: memory follows what came, at most twice of it. */
export class GrowingBytes {
  private bytes = new Uint8Array(0)
  private used = 0

  get length(): number {
    return this.used
  }

  add(piece: Uint8Array): void {
    const used = this.used + piece.length
    if (used > this.bytes.length) {
      const grown = new Uint8Array(Math.max(used, this.bytes.length * 2, firstRoom))
      grown.set(this.bytes.subarray(0, this.used))
      this.bytes = grown
    }
    this.bytes.set(piece, this.used)
    this.used = used
  }

  /** All of them, where they lie. */
  get whole(): Uint8Array {
    return this.bytes.subarray(0, this.used)
  }
}
