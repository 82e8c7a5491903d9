/** What the end of ring-linetool, or of one of its commands, says to whoever started it (sysexits.h where it fits). */
export const exitCodes = {
  ok: 0,
  /** A node refused, or `check` found something wrong. */
  failed: 1,
  usage: 2,
  /** Nothing was done: it was not confirmed. */
  unchanged: 3,
  /** No node answers. */
  unavailable: 69,
  /** An error that should not happen: please report it. */
  software: 70,
  /** It was told, and had not happened at the end of its time. */
  overdue: 75,
  configuration: 78,
  interrupted: 130,
} as const
