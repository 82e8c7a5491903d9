import type { DeliveryState } from '@ring/platform'
import { Status } from '../../frames/status.ts'

/** Instead of a status: it waits here. */
export const waits = 0
/** Instead of a status: nothing is in the way. */
export const clear = -1

/** What becomes of what would pass to a program while its gate says this: {@link clear}, {@link waits}, or a status. */
export function verdictOf(state: DeliveryState): number {
  switch (state) {
    case 'open':
      return clear
    case 'unconfirmed':
      return waits
    case 'no-quorum':
      return Status.noQuorum
    case 'expelled':
    case 'stopping':
      return Status.closing
  }
}

/** Asked before each start of a handler, so that nothing that waited in a queue or a socket is started when it may not be. */
export interface StartAdmission {
  /** {@link clear}, {@link waits} (what waits is tried again when the admission says so), or a status. */
  verdict(): number
}

/** Where nobody can be asked: whatever arrives is started. */
export const unasked: StartAdmission = { verdict: () => clear }
