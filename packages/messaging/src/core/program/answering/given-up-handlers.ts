import { writeEnded } from '../../frames/ended-frame.ts'
import type { Outbox } from '../../frames/outbox.ts'
import type { IncomingRequest } from './incoming-request.ts'

/**
 * Handlers that run though their requests have been answered, by deadline or CANCEL: the node is told when each has ended, since what
 * it still writes may belong to data that is being moved (rule D3).
 */
export class GivenUpHandlers {
  private readonly running = new Set<IncomingRequest>()
  private readonly outbox: Outbox

  constructor(outbox: Outbox) {
    this.outbox = outbox
  }

  add(request: IncomingRequest): void {
    this.running.add(request)
  }

  /** The handler has ended: of one that was not given up nothing is said. */
  ended(request: IncomingRequest): void {
    // After its answer, which may still be here.
    if (this.running.delete(request)) writeEnded(this.outbox, request.slot, request.generation)
  }

  /** The link has ended, and slots begin anew. */
  clear(): void {
    this.running.clear()
  }
}
