/** A rolling 64-bit hash of text in two 32-bit lanes (FNV-1a with two offsets): to compare traces, not for security. */
export class TextHash {
  #low = 0x811c9dc5
  #high = 0x01000193

  get low(): number {
    return this.#low
  }

  get high(): number {
    return this.#high
  }

  add(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      this.#low = Math.imul(this.#low ^ code, 0x01000193)
      this.#high = Math.imul(this.#high ^ code, 0x85ebca6b) ^ (this.#high >>> 13)
    }
    // Ends the text, so that ("ab", "c") and ("a", "bc") differ.
    this.#low = Math.imul(this.#low ^ 0x1_0001, 0x01000193)
  }

  /** Adds a number of milliseconds, to the microsecond. */
  addNumber(ms: number): void {
    const whole = Math.trunc(ms)
    this.#low = Math.imul(this.#low ^ whole, 0x01000193)
    this.#high = Math.imul(this.#high ^ ((ms - whole) * 1e6), 0x85ebca6b) ^ (this.#high >>> 13)
  }

  hex(): string {
    return hex32(this.#high) + hex32(this.#low)
  }
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0')
}
