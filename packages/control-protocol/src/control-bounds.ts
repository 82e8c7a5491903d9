/** What one control port lets others make it hold. */
export interface ControlBounds {
  /** Open connections, of all hosts. */
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** By when a connection has sent its command. */
  readonly commandMs: number
  /** How long a kept connection may rest between two commands. */
  readonly restMs: number
  /** How long a command may run; with WAIT, how long it may be waited for. */
  readonly runMs: number
  readonly waitMs: number
  /** By when a client has taken 64 KiB of its reply. */
  readonly replyMs: number
  /** How long the other side may take to close after its reply. */
  readonly lingerMs: number
  /** What a wrong token costs. */
  readonly wrongTokenMs: number
}

export const defaultBounds: ControlBounds = {
  connectionsMax: 64,
  connectionsPerAddressMax: 16,
  commandMs: 5_000,
  restMs: 60_000,
  runMs: 30_000,
  waitMs: 3_600_000,
  replyMs: 10_000,
  lingerMs: 2_000,
  wrongTokenMs: 1_000,
}
