import type { Link } from '@ring/platform'
import { FrameType, headerBytes, Offset, readU32, writeHeader, writeU32 } from './frame-header.ts'

const scratch = new Uint8Array(headerBytes)

/** PING: this end is there, and has received nothing for `unheardMs`. */
export function writePing(link: Link, unheardMs: number): void {
  writeHeader(scratch, 0, FrameType.ping, 0, 0)
  writeU32(scratch, Offset.unheard, Math.max(0, Math.round(unheardMs)))
  link.write(scratch, 0, headerBytes)
}

/** For how many milliseconds the sender of the PING at `at` has received nothing. */
export function unheardMsOf(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + Offset.unheard)
}

/** Whether what arrived is one PING and nothing else: no work follows from it. */
export function isLonePing(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === headerBytes && bytes[start + Offset.type] === FrameType.ping
}
