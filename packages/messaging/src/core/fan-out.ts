import type { RelayPort } from './relay-port.ts'

/** One BROADCAST or REPLICATE: the exchanges it became, and how many of them have not been answered. */
export interface FanOut {
  /** Answers still to come; the one that brings it to 0 is passed on without the "not the last" flag. */
  remaining: number
  /** The routing in which the members' places count. */
  readonly stamp: number
  readonly members: FanOutMember[]
}

export interface FanOutMember {
  readonly fan: FanOut
  readonly port: RelayPort
  readonly slot: number
  readonly generation: number
  /** The server's place in the routing by which it was sent: by the time of the answer it may have another, or none. */
  readonly server: number
}
