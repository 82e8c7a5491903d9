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

/** An argument is of a type, or has a value, that cannot be taken. Nothing was begun; the message says what to give. */
export class ArgumentError extends RingError {
  constructor(text: string) {
    super('RING_ARGUMENT', text)
  }
}
