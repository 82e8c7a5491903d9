import { RingError } from '@ring/platform'

/** A file of the state directory cannot be trusted. The node must not vote with what it does not remember. */
export class StateCorruptError extends RingError {
  readonly file: string

  constructor(file: string, fault: string, options?: ErrorOptions) {
    super(
      'RING_REGISTER_STATE_CORRUPT',
      `the register's state file "${file}" cannot be used: ${fault}. Restore the directory from a copy that was made while this node was stopped, or empty it and start the node with join-only, so that it comes back as a new voter`,
      options,
    )
    this.file = file
  }
}

/** The state directory could not be read. */
export class StateUnreadableError extends RingError {
  constructor(file: string, cause: Error) {
    super(
      'RING_REGISTER_STATE_UNREADABLE',
      `the register's state file "${file}" could not be read (${cause.message}): check the disk and the rights of the state directory, then start again`,
      { cause },
    )
  }
}

/** Rule R9: a voter that may forget what it promised must be wanted in so many words. */
export class StateDirectoryNeededError extends RingError {
  constructor() {
    super(
      'RING_REGISTER_STATE_DIRECTORY_NEEDED',
      'voting by majority needs a state directory, because a voter that forgets its promises can block or split the ring: give one, or ask for `forgetful` explicitly',
    )
  }
}

/** A commit that cannot even be proposed; nothing has changed. */
export class CommitRefusedError extends RingError {
  readonly reason: string

  constructor(reason: string, text: string) {
    super('RING_REGISTER_REFUSED', text)
    this.reason = reason
  }
}

/** The register is stopped, or was never started. */
export class RegisterStoppedError extends RingError {
  constructor() {
    super('RING_REGISTER_STOPPED', 'the register is not running: start it, and do not use it after stop')
  }
}
