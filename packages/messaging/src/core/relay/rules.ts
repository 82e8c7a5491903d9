/** The rules of the data plane that a simulation can take out, to show that it would notice. Production code has all. */
export interface RelayRules {
  /** M3: what follows of a large body asks the gate, too. Without it only its first frame does. */
  readonly chunksAsk: boolean
  /** K4: a large body ends "moved" where its partition moves before its end. Without it the old server starts it. */
  readonly bodiesMove: boolean
  /** A stream that has opened is not given up at the deadline of its request. Without it what is asked for longer breaks off. */
  readonly streamsLast: boolean
  /** D3: nothing of a closing partition is handed to a program. */
  readonly fenceHolds: boolean
  /** D3: a handler counts until it has ended, though nobody waits for its answer any more. */
  readonly givenUpCounts: boolean
  /** D4: only a record ends a fence. Without it what waits is handed over once everything has ended. */
  readonly fenceAwaitsRecord: boolean
  /** K2: what follows of a partition of which something was sent back is sent back, too. */
  readonly sentBackInOrder: boolean
}

export const soundRelayRules: RelayRules = {
  chunksAsk: true,
  bodiesMove: true,
  streamsLast: true,
  fenceHolds: true,
  givenUpCounts: true,
  fenceAwaitsRecord: true,
  sentBackInOrder: true,
}
