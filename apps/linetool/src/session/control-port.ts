import { RingError } from '@ring/platform'
import type { NodeAddress } from '../core/ring/node-address.ts'

export interface AskOptions {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** The only way to a node: one command, and the whole reply. */
export interface ControlPort {
  /** @throws ControlPortError */
  ask(address: NodeAddress, command: string, options: AskOptions): Promise<string>
}

/** A node did not answer. */
export class ControlPortError extends RingError {
  /** The command may have reached it before the connection ended. */
  readonly mayHaveHappened: boolean

  constructor(code: string, why: string, mayHaveHappened: boolean, options?: ErrorOptions) {
    super(code, why, options)
    this.mayHaveHappened = mayHaveHappened
  }
}
