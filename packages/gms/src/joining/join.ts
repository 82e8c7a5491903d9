import { type JoinOptions, readJoinOptions } from './join-options.ts'
import { JoinedMembership } from './joined-membership.ts'
import type { Membership } from './membership.ts'
import { JoinAbortedError } from './membership-errors.ts'
import { holdProcess } from './process-hold.ts'

/**
 * Makes this process a member of a group (or a follower). Resolves when its view is there: with `quorum: 'none'` the first
 * one forms the group alone; with `majority` that takes a majority of `servers`. The process stays alive until then; being a
 * member does not keep it alive.
 *
 * @throws ArgumentError, JoinOptionsError, JoinTimeoutError, JoinAbortedError, and RingErrors of the parts (`RING_PORT_BUSY`,
 *   `RING_LISTEN_FAILED`, `RING_STATE_...`); nothing is left running then
 */
export async function join(options: JoinOptions): Promise<Membership> {
  const settings = readJoinOptions(options)
  const { group, signal } = settings
  if (signal?.aborted) throw new JoinAbortedError(group, { for: [], text: 'it had not begun' }, signal.reason)
  const hold = holdProcess()
  try {
    return await JoinedMembership.join(settings)
  } finally {
    hold.release()
  }
}
