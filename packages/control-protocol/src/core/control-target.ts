import type { Outcome } from './commands/outcome.ts'
import type { NodeDump } from './status/node-dump.ts'
import type { NodeReport } from './status/node-report.ts'

export type LifecycleName =
  | 'UPDATESTATUS'
  | 'SERVICEIN'
  | 'SERVICEOUT'
  | 'MERGE'
  | 'COMPMERGE'
  | 'ABORTMERGE'
  | 'SUSPENDMERGE'
  | 'NOSUSPENDMERGE'

/** A command that changes the ring, or says what it would change. */
export type LifecycleCommand =
  | { readonly name: Exclude<LifecycleName, 'SERVICEOUT'> }
  | {
      readonly name: 'SERVICEOUT'
      /** As this node sees it. */
      readonly server: NodeReport
    }

export interface LifecycleOptions {
  /** Answer once it has happened, not once it has begun. */
  readonly wait: boolean
  /** Also without a quorum (rule R8): the operator has been told what that risks. */
  readonly force: boolean
  /** Change nothing; say what would move. */
  readonly plan: boolean
}

/** The node that a control port belongs to. */
export interface ControlTarget {
  /** What VERSION says behind the word. */
  readonly version: string
  /** What the node knows at this moment. It is asked for each status command, and must not wait. */
  dump(): NodeDump
  /**
   * Runs a command and says what happened. A refusal is an outcome; what it throws is told as a failure that may have happened.
   *
   * @param signal aborted when nobody waits for the answer any more, as far as can be seen: who has ended its side may still
   *   read. What has begun goes on
   */
  execute(command: LifecycleCommand, options: LifecycleOptions, signal: AbortSignal): Promise<Outcome>
}
