import { RingError } from '@ring/platform'

/** The options of `join` contradict each other or miss something; nothing was started. */
export class JoinOptionsError extends RingError {
  constructor(text: string) {
    super('RING_JOIN_OPTIONS', text)
  }
}

/** Another process, or another membership of this one, uses the state directory. */
export class StateInUseError extends RingError {
  constructor(directory: string, pid: number) {
    super(
      'RING_STATE_IN_USE',
      `Process ${pid} is a member with ${directory} as its state. Let it leave first, or give this one a stateDirectory of its own.`,
    )
  }
}

/** What a member says of itself must stay small. */
export class MetadataError extends RingError {
  constructor(fault: string) {
    super(
      'RING_METADATA',
      `This metadata cannot be taken: ${fault}. Say less, or keep it elsewhere and name the place.`,
    )
  }
}

/** The time to join is over. This process is not a member, and nothing of it is left running. */
export class JoinTimeoutError extends RingError {
  /** Whom it waited for, as far as that is known. */
  readonly waitingFor: readonly string[]

  constructor(group: string, timeoutMs: number, waiting: Waiting) {
    super(
      'RING_JOIN_TIMEOUT',
      `The join of group "${group}" did not happen within ${timeoutMs} ms: ${waiting.text}. This process is not a member. Start who is missing, or give it more time (joinTimeoutMs).`,
    )
    this.waitingFor = waiting.for
  }
}

/** The join was given up because its signal said so. This process is not a member, and nothing of it is left running. */
export class JoinAbortedError extends RingError {
  readonly waitingFor: readonly string[]

  constructor(group: string, waiting: Waiting, cause: unknown) {
    super(
      'RING_JOIN_ABORTED',
      `The join of group "${group}" was aborted and did not happen: ${waiting.text}. Call join again to try again.`,
      { cause },
    )
    this.waitingFor = waiting.for
  }
}

/** An iteration over events did not keep up; what it had not taken is dropped, and it ends. */
export class EventsOverflowError extends RingError {
  constructor(waitingMax: number) {
    super(
      'RING_EVENTS_OVERFLOW',
      `More than ${waitingMax} membership events waited to be taken. Take them faster, or begin a new iteration and read membership.view, which holds the present state.`,
    )
  }
}

/** What a join that is not over is waiting for. */
export interface Waiting {
  readonly for: readonly string[]
  readonly text: string
}
