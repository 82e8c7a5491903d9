/**
 * Lines that wait for the one before to end: a terminal and a pipe give them as they come, and a command takes its time.
 */
export class LineQueue {
  readonly #lines: string[] = []
  #wake: (() => void) | undefined
  #isClosed = false

  push(line: string): void {
    this.#lines.push(line)
    this.#wake?.()
  }

  /** No line comes any more; those that wait are still given. */
  close(): void {
    this.#isClosed = true
    this.#wake?.()
  }

  /** Those that wait are forgotten. */
  clear(): void {
    this.#lines.length = 0
  }

  /** @returns undefined when there is none left, and none comes */
  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#wake = undefined
    }
    return this.#lines.shift()
  }
}
