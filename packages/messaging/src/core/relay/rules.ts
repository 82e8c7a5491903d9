/** The rules of the data plane that a simulation can take out, to show that it would notice. Production code has all. */
export interface RelayRules {
  /** M3: what follows of a large body asks the gate, too. Without it only its first frame does. */
  readonly chunksAsk: boolean
  /** K4: a large body ends "moved" where its partition moves before its end. Without it the old server starts it. */
  readonly bodiesMove: boolean
  /** A stream that has opened is not given up at the deadline of its request. Without it what is asked for longer breaks off. */
  readonly streamsLast: boolean
}

export const soundRelayRules: RelayRules = { chunksAsk: true, bodiesMove: true, streamsLast: true }
