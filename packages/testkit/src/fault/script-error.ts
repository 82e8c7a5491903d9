import { RingError } from '@ring/platform'

/** A line of a script that cannot be understood, or that did not give what it says. */
export class ScriptError extends RingError {
  readonly file: string
  readonly line: number

  constructor(file: string, line: number, message: string, options?: ErrorOptions) {
    super('RING_SCRIPT', `${file}:${line}: ${message}`, options)
    this.file = file
    this.line = line
  }
}
