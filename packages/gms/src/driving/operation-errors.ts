import { RingError } from '@ring/platform'
import type { OperationRefusal, OperationResult } from '../core/deciding/operation.ts'

/** What was proposed cannot be an operation; nothing was asked of anybody. */
export class OperationInvalidError extends RingError {
  constructor(fault: string) {
    super('RING_OPERATION_INVALID', `This operation did not happen: ${fault}.`)
  }
}

/** The group does not take the operation. An earlier try of it may have happened, where `mayHaveHappened` says so. */
export class OperationRefusedError extends RingError {
  readonly why: OperationRefusal
  readonly mayHaveHappened: boolean

  constructor(id: string, why: OperationRefusal, mayHaveHappened: boolean) {
    super('RING_OPERATION_REFUSED', `Operation ${id} was refused and ${happening(mayHaveHappened)}: ${refusals[why]}`)
    this.why = why
    this.mayHaveHappened = mayHaveHappened
  }
}

/** This side has no quorum of voters. `mayHaveHappened` tells whether somebody may have decided it all the same. */
export class OperationNoQuorumError extends RingError {
  readonly missing: readonly string[]
  readonly mayHaveHappened: boolean

  constructor(id: string, missing: readonly string[], mayHaveHappened: boolean) {
    const names = missing.length > 0 ? `: ${missing.join(', ')} cannot be reached` : ''
    super(
      'RING_OPERATION_NO_QUORUM',
      `Operation ${id} ${happening(mayHaveHappened)}: this side has no quorum of voters${names}. Bring them back, and try it again with the same id.`,
    )
    this.missing = missing
    this.mayHaveHappened = mayHaveHappened
  }
}

/** Nobody decided in time. */
export class OperationTimeoutError extends RingError {
  readonly mayHaveHappened: boolean

  constructor(id: string, mayHaveHappened: boolean) {
    const cure = 'Try it again with the same id: it happens once, and a second try answers what the first one came to.'
    super(
      'RING_OPERATION_TIMEOUT',
      `Operation ${id} was not answered in time and ${happening(mayHaveHappened)}. ${cure}`,
    )
    this.mayHaveHappened = mayHaveHappened
  }
}

/** The coordinator is of an older version than this node. */
export class OperationUnsupportedError extends RingError {
  constructor(id: string) {
    super(
      'RING_OPERATION_UNSUPPORTED',
      `Operation ${id} did not happen: the coordinator runs a version before 0.5.0, which knows no operations. Upgrade it, and try again.`,
    )
  }
}

/**
 * What an operation came to.
 *
 * @throws OperationRefusedError, OperationNoQuorumError, OperationTimeoutError, OperationUnsupportedError
 */
export function outcomeOf(id: string, result: OperationResult): unknown {
  switch (result.kind) {
    case 'done':
      return result.outcome
    case 'refused':
      throw new OperationRefusedError(id, result.why, result.mayHaveHappened === true)
    case 'no-quorum':
      throw new OperationNoQuorumError(id, result.missing, result.mayHaveHappened)
    case 'timed-out':
      throw new OperationTimeoutError(id, result.mayHaveHappened)
    case 'older-coordinator':
      if (result.asked) return undefined
      throw new OperationUnsupportedError(id)
  }
}

const happening = (may: boolean): string => (may ? 'may have happened' : 'did not happen')

const refusals: Readonly<Record<OperationRefusal, string>> = {
  'unknown-part': 'the coordinator knows no such part. Upgrade all servers, or look at the name.',
  'part-invalid': 'what the record holds of that part is of a version that the coordinator cannot act on. Upgrade it.',
  'too-large': 'the part, or what it answers, would be longer than it may be. Ask for less at a time.',
  'part-failed':
    'the part failed, which is a fault of its program. Look for operation.part-failed in the coordinator’s log.',
  'id-taken': 'another operation has this id. Take a fresh one for each operation, and the same for each try of one.',
  forgotten:
    'so much has happened since it was first tried that nobody remembers what became of it. Look at the state, and propose it with a fresh id.',
  busy: 'too many operations wait. Try again in a while.',
  'record-full': 'it does not fit into the record. Ask for less at a time, or let something go first.',
  'not-allowed': 'a slave does not put servers in or out. Ask a server.',
}
