import type { KeyScratch } from '../program/asking/key-scratch.ts'
import type { PendingRequest } from '../program/asking/pending-request.ts'
import {
  chunkBytes,
  extensionBytes,
  Flag,
  headerBytes,
  lengthBytes,
  maxPieceBytes,
  Offset,
  protocolVersion,
  serviceBytes,
  traceStart,
  writeU16,
  writeU32,
  writeU48,
} from './frame-header.ts'
import type { Outbox } from './outbox.ts'
import type { NamedService } from './service-id.ts'

/** Writes the (first) frame of a request whose key is loaded; returns how much of the body it carries. */
export function writeRequest(
  outbox: Outbox,
  request: PendingRequest,
  key: KeyScratch,
  stamp: number,
  deadlineMs: number,
): number {
  const { body, trace } = request
  const piece = body.length > maxPieceBytes ? chunkBytes : body.length
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
  if (flags >= Flag.service) writeService(bytes, at + keyAt - serviceBytes, request.service)
  if (trace !== undefined) bytes.set(trace, traceStart(bytes, at))
  for (let place = 0; place < key.length; place++) bytes[at + keyAt + place] = key.bytes[place]!
  bytes.set(isChunked ? body.subarray(0, piece) : body, at + keyAt + key.length)
  return piece
}

function writeService(bytes: Uint8Array, at: number, { id }: NamedService): void {
  writeU32(bytes, at, id!.low)
  writeU32(bytes, at + 4, id!.high)
}
