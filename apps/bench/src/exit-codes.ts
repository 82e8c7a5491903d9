/** What the end of ring-bench says to whoever started it (sysexits.h where it fits). */
export const exitCodes = {
  ok: 0,
  /** A wrong reply, or a request that is not accounted for. */
  failed: 1,
  usage: 2,
  unavailable: 69,
  software: 70,
  configuration: 78,
  interrupted: 130,
} as const
