import type { BodyExchange } from './chunk-sender.ts'
import {
  chunkBytes,
  chunkedBytes,
  Flag,
  FrameType,
  headerBytes,
  Offset,
  wholeBodyBytes,
  writeExchange,
  writeHeader,
  writeU32,
} from './frame-header.ts'
import type { Outbox } from './outbox.ts'

/** The frames of an answer that is a stream of items (docs/protocol.md, section 3.10). */

/** The whole length of a chunked reply that says: a stream. */
const streamLength = 0xffff_ffff

/** What a frame of a stream after its first says, or which rule it breaks. */
export type StreamFrame = 'more' | 'end' | { readonly broken: string }

/** Whether the chunked frame at `at` opens a stream. */
export function opensStream(bytes: Uint8Array, at: number): boolean {
  return bytes[at + Offset.type] === FrameType.reply && wholeBodyBytes(bytes, at) === streamLength
}

/** Opens a stream as the answer; its items follow. */
export function writeStreamOpening(outbox: Outbox, { slot, generation }: BodyExchange): void {
  const at = outbox.reserve(headerBytes + chunkedBytes)
  const { bytes } = outbox
  writeHeader(bytes, at, FrameType.reply, Flag.chunked | Flag.more, chunkedBytes)
  writeExchange(bytes, at, slot, generation)
  bytes[at + Offset.words] = (headerBytes + chunkedBytes) / 4
  writeU32(bytes, at + headerBytes, streamLength)
}

/** What the next frame of an item takes, from its byte `from` on. */
export function itemFrameBytes(item: Uint8Array, from: number): number {
  return headerBytes + Math.min(item.length - from, chunkBytes)
}

/** What all frames of an item take, as its reader counts them. */
export function itemCost(bytes: number): number {
  if (bytes <= chunkBytes) return headerBytes + bytes
  return bytes + chunkedBytes + headerBytes * Math.ceil((bytes + chunkedBytes) / chunkBytes)
}

/** Puts the next frame of an item at `at`, from its byte `from` on. Returns how many bytes of the item it carries. */
export function putItemFrame(
  batch: Uint8Array,
  at: number,
  { slot, generation }: BodyExchange,
  item: Uint8Array,
  from: number,
): number {
  // The first of several says how long the item is.
  const extension = from === 0 && item.length > chunkBytes ? chunkedBytes : 0
  const carried = Math.min(item.length - from, chunkBytes - extension)
  writeHeader(
    batch,
    at,
    FrameType.replyChunk,
    extension > 0 ? Flag.chunked | Flag.more : Flag.more,
    extension + carried,
  )
  writeExchange(batch, at, slot, generation)
  if (extension > 0) {
    batch[at + Offset.words] = (headerBytes + extension) / 4
    writeU32(batch, at + headerBytes, item.length)
  }
  batch.set(item.subarray(from, from + carried), at + headerBytes + extension)
  return carried
}

/** Puts the end of a stream at `at`; returns where it ends. */
export function putStreamEnd(batch: Uint8Array, at: number, { slot, generation }: BodyExchange): number {
  writeHeader(batch, at, FrameType.replyChunk, 0, 0)
  writeExchange(batch, at, slot, generation)
  return at + headerBytes
}
