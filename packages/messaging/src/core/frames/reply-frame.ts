import type { BodyExchange, ChunkSender } from './chunk-sender.ts'
import {
  chunkBytes,
  chunkedBytes,
  Flag,
  FrameType,
  headerBytes,
  maxPieceBytes,
  Offset,
  writeExchange,
  writeHeader,
  writeU32,
  writeU48,
} from './frame-header.ts'
import type { Outbox } from './outbox.ts'

const longestTextBytes = 1_024
const encoder = new TextEncoder()
const noBytes = new Uint8Array(0)

/** Answers with the body of a handler; a large one as a first frame and chunks. */
export function writeReply(
  outbox: Outbox,
  chunks: ChunkSender,
  exchange: BodyExchange,
  body: Uint8Array = noBytes,
): void {
  const isChunked = body.length > maxPieceBytes
  const carried = isChunked ? chunkBytes : body.length
  const extension = isChunked ? chunkedBytes : 0
  const at = outbox.reserve(headerBytes + extension + carried)
  const { bytes } = outbox
  writeHeader(bytes, at, FrameType.reply, isChunked ? Flag.chunked | Flag.more : 0, extension + carried)
  writeExchange(bytes, at, exchange.slot, exchange.generation)
  if (isChunked) {
    bytes[at + Offset.words] = (headerBytes + extension) / 4
    writeU32(bytes, at + headerBytes, body.length)
    chunks.add(FrameType.replyChunk, exchange, body, carried)
  }
  bytes.set(isChunked ? body.subarray(0, carried) : body, at + headerBytes + extension)
}

/**
 * Answers that there is no reply, with a text for people, cut at 1 024 bytes.
 *
 * @param version of MOVED: the one that is known here
 */
export function writeFailed(
  outbox: Outbox,
  slot: number,
  generation: number,
  status: number,
  text: string,
  version = 0,
): void {
  const encoded = encoder.encode(text).subarray(0, longestTextBytes)
  const at = outbox.reserve(headerBytes + encoded.length)
  const { bytes } = outbox
  writeHeader(bytes, at, FrameType.failed, 0, encoded.length)
  writeExchange(bytes, at, slot, generation)
  writeU32(bytes, at + Offset.status, status)
  if (version !== 0) writeU48(bytes, at + Offset.tableVersion, version)
  bytes.set(encoded, at + headerBytes)
}
