import type { LogOutput } from './log-output.ts'

/** A line about lines that are lost. */
type LossLine = (lines: number) => string

/**
 * Where the lines of the log go. A line that cannot be written is lost and counted: a full disk, or a reader that stands
 * still, must neither end the node nor hold it up. When lines can be written again, the first says how many were lost.
 */
export class LogSink {
  readonly #output: LogOutput
  readonly #lossLine: LossLine
  #untold = 0
  #lost = 0

  constructor(output: LogOutput, lossLine: LossLine) {
    this.#output = output
    this.#lossLine = lossLine
  }

  /** Lines lost since the start. */
  get lost(): number {
    return this.#lost
  }

  write(line: string): void {
    const loss = this.#untold === 0 ? '' : this.#lossLine(this.#untold)
    if (this.#output.take(loss + line)) this.#untold = 0
    else {
      this.#untold++
      this.#lost++
    }
  }

  /** @throws the file system's own error; lines go where they went before */
  reopen(): void {
    this.#output.reopen()
  }

  flush(): Promise<void> {
    return this.#output.flush()
  }
}
