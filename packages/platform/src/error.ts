/**
 * The root of Ring's errors. `code` is stable and is what callers compare (never the message, never `instanceof` across
 * packages); the message says what to do next.
 */
export class RingError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}
