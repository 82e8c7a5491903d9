/** What the daemon's end says to whoever started it (sysexits.h where it fits). */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** `recover` only showed what it would do. */
  unchanged: 3,
  /** `status`: the node runs, and takes no requests. */
  notReady: 3,
  /** An error that should not happen: please report it. */
  software: 70,
  configuration: 78,
  interrupted: 130,
  /** By TERM, before there was anything to end in order. */
  terminated: 143,
} as const
