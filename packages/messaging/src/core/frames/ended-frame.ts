import { FrameType, headerBytes, writeHeader, writeU32 } from './frame-header.ts'
import type { Outbox } from './outbox.ts'

const pairBytes = 8

/** Says that the handler of an exchange has ended that was answered before: an ACK of what is over. */
export function writeEnded(outbox: Outbox, slot: number, generation: number): void {
  const at = outbox.reserve(headerBytes + pairBytes)
  const { bytes } = outbox
  writeHeader(bytes, at, FrameType.ack, 0, pairBytes)
  writeU32(bytes, at + headerBytes, slot)
  writeU32(bytes, at + headerBytes + 4, generation)
}
