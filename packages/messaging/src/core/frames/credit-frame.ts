import type { Link } from '@ring/platform'
import { headerBytes, Offset, readU48, writeExchange, writeHeader, writeU48 } from './frame-header.ts'

/** The bytes of a chunked body that may be sent before its reader has said anything. */
export const windowBytes = 256 * 1_024
/** Likewise of the frames of a stream: little, since there may be many of them, and nobody waits for its end. */
export const firstStreamWindowBytes = 32 * 1_024
/** The limit of who need not wait: its reader will never say anything. */
export const withoutLimit = 0xffff_ffff

const scratch = new Uint8Array(headerBytes)

/**
 * Writes CREDIT or REPLY_CREDIT: so many bytes of the body, or of the frames of a stream, from its beginning, may be sent by now.
 *
 * @param slot of the exchange on the link it is sent on
 */
export function writeCredit(link: Link, type: number, slot: number, generation: number, limit: number): void {
  writeHeader(scratch, 0, type, 0, 0)
  writeExchange(scratch, 0, slot, generation)
  writeU48(scratch, Offset.limit, limit)
  link.write(scratch, 0, headerBytes)
}

/** The limit of a stream of which so many bytes have been taken: a window more, and never what says that there is none. */
export function limitBeyond(taken: number, window: number): number {
  const limit = taken + window
  return limit === withoutLimit ? limit + 1 : limit
}

/** The limit that a CREDIT or REPLY_CREDIT gives. */
export function limitOf(bytes: Uint8Array, at: number): number {
  return readU48(bytes, at + Offset.limit)
}
