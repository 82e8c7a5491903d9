import type { RelayPort } from './relay-port.ts'

/** One BROADCAST or REPLICATE: the exchanges it became, and how many of them have not been answered. */
export interface FanOut {
  /** Answers still to come; the one that brings it to 0 is passed on without the "not the last" flag. */
  remaining: number
  readonly members: FanOutMember[]
}

export interface FanOutMember {
  readonly port: RelayPort
  readonly slot: number
  readonly generation: number
}
