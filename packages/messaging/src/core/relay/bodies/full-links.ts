import type { RelayPort } from '../relay-port.ts'

/**
 * So much may wait to be sent on a link before what is large ends on its way there, one by one. All windows together may be more than
 * that; and at 64 MiB the link itself would end, with all that others have on it.
 */
const fullFromBytes = 48 * 1_024 * 1_024
/** Smaller frames pass even then: they are what tells the others how they ended. */
const largeFromBytes = 4 * 1_024

/** Whether a frame of so many bytes finds no room on its way to `to`. */
export function isFullFor({ link }: RelayPort, frameBytes: number): boolean {
  return frameBytes >= largeFromBytes && link.queuedBytes > fullFromBytes
}
