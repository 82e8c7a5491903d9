import {
  extensionBytes,
  Flag,
  headerBytes,
  lengthBytes,
  maxPieceBytes,
  Offset,
  protocolVersion,
  serviceBytes,
  writeU16,
  writeU32,
  writeU48,
} from './frame-header.ts'
import type { KeyScratch } from './key-scratch.ts'
import type { Outbox } from './outbox.ts'
import type { PendingRequest } from './pending-request.ts'

/** Writes the (first) frame of a request whose key is loaded; returns how much of the body it carries. */
export function writeRequest(
  outbox: Outbox,
  request: PendingRequest,
  key: KeyScratch,
  stamp: number,
  deadlineMs: number,
): number {
  const { body, trace } = request
  const piece = body.length > maxPieceBytes ? maxPieceBytes : body.length
  const isChunked = piece < body.length
  const flags = request.flags | (isChunked ? Flag.chunked | Flag.more : 0)
  const keyAt = headerBytes + extensionBytes(flags)
  const size = keyAt + key.length + piece
  const at = outbox.reserve(size)
  const bytes = outbox.bytes
  writeU32(bytes, at, size - lengthBytes)
  bytes[at + Offset.type] = request.type
  bytes[at + Offset.flags] = flags
  bytes[at + Offset.version] = protocolVersion
  bytes[at + Offset.words] = keyAt / 4
  writeU32(bytes, at + Offset.slot, request.slot)
  writeU32(bytes, at + Offset.generation, request.generation)
  writeU32(bytes, at + Offset.requestId, request.sequence)
  writeU32(bytes, at + Offset.keyHash, request.keyHash)
  writeU32(bytes, at + Offset.partition, request.partition)
  writeU48(bytes, at + Offset.tableVersion, stamp)
  writeU16(bytes, at + Offset.keyLength, key.length)
  writeU32(bytes, at + Offset.deadline, deadlineMs)
  if (isChunked) writeU32(bytes, at + headerBytes, body.length)
  const { id } = request.service
  const extensionsEnd = at + keyAt - (id === undefined ? 0 : serviceBytes)
  if (trace !== undefined) bytes.set(trace, extensionsEnd - trace.length)
  if (id !== undefined) {
    writeU32(bytes, extensionsEnd, id.low)
    writeU32(bytes, extensionsEnd + 4, id.high)
  }
  for (let place = 0; place < key.length; place++) bytes[at + keyAt + place] = key.bytes[place]!
  bytes.set(isChunked ? body.subarray(0, piece) : body, at + keyAt + key.length)
  return piece
}
