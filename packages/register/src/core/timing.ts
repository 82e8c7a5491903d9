/** Times in milliseconds. */
export interface RegisterTiming {
  /** How long a proposal waits for a quorum before it ends as unknown. */
  readonly proposalMs: number
  /** After this long without an answer a message is sent again. */
  readonly resendMs: number
  /** Up to this long a proposer stands back when somebody holds a higher ballot. */
  readonly standBackMs: number
  /** How often a node shows its position to one voter; 0 for never. */
  readonly syncMs: number
  /** How often the founders ask one another. */
  readonly formMs: number
  /** After this long a write that failed is tried again. */
  readonly storeRetryMs: number
}

export const defaultTiming: RegisterTiming = {
  proposalMs: 5_000,
  resendMs: 250,
  standBackMs: 150,
  syncMs: 1_000,
  formMs: 200,
  storeRetryMs: 500,
}
