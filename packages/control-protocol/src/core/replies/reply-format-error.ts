import { RingError } from '@ring/platform'

/** A reply is not what the command that it answers is answered with. */
export class ReplyFormatError extends RingError {
  constructor(what: string, why: string) {
    super(
      'RING_CONTROL_REPLY',
      `This is no reply to ${what}: ${why}. Check that a CHMPX or Ring node listens there, and not something else.`,
    )
  }
}
