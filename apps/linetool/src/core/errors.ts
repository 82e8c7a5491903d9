import { RingError } from '@ring/platform'

/** A command, or the command line, cannot be understood; the text says what would be. Nothing was done. */
export class UsageError extends RingError {
  constructor(text: string) {
    super('RING_LINETOOL_USAGE', text)
  }
}

/** Nobody answers who could say what the ring is. */
export class NoRingError extends RingError {
  constructor(text: string, options?: ErrorOptions) {
    super('RING_LINETOOL_NO_NODE', text, options)
  }
}

/** A node was asked and refused, or none would do it. */
export class RefusedError extends RingError {
  constructor(text: string) {
    super('RING_LINETOOL_REFUSED', text)
  }
}

/** What was asked for had not happened at the end of its time. */
export class OverdueError extends RingError {
  constructor(text: string) {
    super('RING_LINETOOL_OVERDUE', text)
  }
}

/** Something that was to be confirmed was not: nothing was done. */
export class NotConfirmedError extends RingError {
  constructor(text: string) {
    super('RING_LINETOOL_NOT_CONFIRMED', text)
  }
}

/** A file of commands, of history, or of the session cannot be read or written. */
export class FileError extends RingError {
  constructor(text: string, options?: ErrorOptions) {
    super('RING_LINETOOL_FILE', text, options)
  }
}
