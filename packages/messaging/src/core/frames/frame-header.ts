/** The header of data and program links (docs/protocol.md, section 3.1), read and written in place by offset. */

export const protocolVersion = 1
/** Bytes of a header without extensions, the length field included. */
export const headerBytes = 40
export const lengthBytes = 4
export const maxKeyBytes = 1_024
/** The most body bytes that one frame carries. */
export const maxPieceBytes = 64 * 1_024
/**
 * The body bytes of each frame of a chunked body: with its header a quarter of what a link writes at once. Only a frame
 * that lies across two reads is copied to be put together, so shorter ones cost less than long ones.
 */
export const chunkBytes = 16 * 1_024 - headerBytes
/** The longest data or program frame, without its length field. */
export const maxFrameBytes = 68 * 1_024
export const maxMessageBytes = 16 * 1_024 * 1_024
export const maxSlots = 65_536
/** The partition of a request in random mode. */
export const noPartition = 0xffff_ffff
/** The partition of a request that is addressed to one server: its key is the server's name. */
export const addressedPartition = 0xffff_fffe
export const traceBytes = 28
export const chunkedBytes = 4
export const serviceBytes = 8

export const FrameType = {
  request: 1,
  oneWay: 2,
  broadcast: 3,
  replicate: 4,
  chunk: 5,
  cancel: 6,
  replyCredit: 7,
  reply: 16,
  failed: 17,
  ack: 18,
  replyChunk: 19,
  credit: 20,
  routing: 32,
  detach: 33,
  ask: 34,
  word: 35,
  ping: 36,
} as const

export const Flag = {
  idempotent: 1,
  chunked: 2,
  more: 4,
  trace: 8,
  /** Of the answers of a fan-out. */
  notLast: 16,
  /** Of REQUEST: its asker takes a stream. */
  stream: 16,
  /** Of REPLICATE: only to servers that have not had it under this request id. */
  rest: 16,
  waits: 32,
  waitsDown: 64,
  service: 128,
} as const

export const Offset = {
  type: 4,
  flags: 5,
  version: 6,
  words: 7,
  slot: 8,
  generation: 12,
  requestId: 16,
  keyHash: 20,
  server: 20,
  partition: 24,
  status: 24,
  /** Of CREDIT and REPLY_CREDIT. */
  limit: 24,
  tableVersion: 28,
  keyLength: 34,
  deadline: 36,
  /** Of the answers of a fan-out, to its program. */
  stamp: 36,
  /** Of PING. */
  unheard: 36,
} as const

export function readU16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

export function readU48(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at) + readU16(bytes, at + 4) * 0x1_0000_0000
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

export function writeU48(bytes: Uint8Array, at: number, value: number): void {
  writeU32(bytes, at, value % 0x1_0000_0000)
  writeU16(bytes, at + 4, Math.floor(value / 0x1_0000_0000))
}

/** Names the exchange of the frame at `at`: the only bytes of a request that a relay changes. */
export function writeExchange(bytes: Uint8Array, at: number, slot: number, generation: number): void {
  writeU32(bytes, at + Offset.slot, slot)
  writeU32(bytes, at + Offset.generation, generation)
}

/** Writes a whole header without extensions; what is not given is 0. `bodyBytes` counts all after the 40 bytes. */
export function writeHeader(bytes: Uint8Array, at: number, type: number, flags: number, bodyBytes: number): void {
  bytes.fill(0, at + Offset.slot, at + headerBytes)
  writeU32(bytes, at, headerBytes - lengthBytes + bodyBytes)
  bytes[at + Offset.type] = type
  bytes[at + Offset.flags] = flags
  bytes[at + Offset.version] = protocolVersion
  bytes[at + Offset.words] = headerBytes / 4
}

/** Where the key of the frame at `at` begins. */
export function keyStart(bytes: Uint8Array, at: number): number {
  return at + bytes[at + Offset.words]! * 4
}

/** Where the body of the frame at `at` begins; it ends with the frame. */
export function bodyStart(bytes: Uint8Array, at: number): number {
  return keyStart(bytes, at) + readU16(bytes, at + Offset.keyLength)
}

/**
 * What is wrong with the header of the frame `[at, end)`, or `undefined`. Everything that reads a header relies on this:
 * extensions that the flags announce, and the key, lie inside the frame.
 *
 * @param knowsServices whether the other end of the link does: otherwise its flag means nothing, and is taken off
 */
export function headerFault(bytes: Uint8Array, at: number, end: number, knowsServices = true): string | undefined {
  if (end - at < headerBytes) return 'a frame is shorter than its header'
  if (bytes[at + Offset.version] !== protocolVersion) return 'a frame is of another protocol version'
  if (!knowsServices) bytes[at + Offset.flags] = bytes[at + Offset.flags]! & ~Flag.service
  const flags = bytes[at + Offset.flags]!
  const words = bytes[at + Offset.words]!
  if (words * 4 < headerBytes + extensionBytes(flags) || at + words * 4 > end) {
    return 'the extensions of a frame do not fit it'
  }
  const keyBytes = readU16(bytes, at + Offset.keyLength)
  if (keyBytes > maxKeyBytes || at + words * 4 + keyBytes > end) return 'the key of a frame does not fit it'
  return undefined
}

const extending = Flag.chunked | Flag.trace | Flag.service

/** The bytes of the extensions that `flags` announce. */
export function extensionBytes(flags: number): number {
  if ((flags & extending) === 0) return 0
  return (
    ((flags & Flag.chunked) !== 0 ? chunkedBytes : 0) +
    ((flags & Flag.trace) !== 0 ? traceBytes : 0) +
    ((flags & Flag.service) !== 0 ? serviceBytes : 0)
  )
}

/** Whether this is the partition of a key: then its version is compared, and its order kept. */
export function isKeyed(partition: number): boolean {
  return partition < addressedPartition
}

/** The length of the whole body of a chunked first frame. */
export function wholeBodyBytes(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + headerBytes)
}

/** Where the trace context of the frame at `at` begins, when its flag is set. */
export function traceStart(bytes: Uint8Array, at: number): number {
  return at + headerBytes + ((bytes[at + Offset.flags]! & Flag.chunked) !== 0 ? chunkedBytes : 0)
}

/** Where the service's id stands in the frame at `at`, when its flag is set: the last extension. */
export function serviceStart(bytes: Uint8Array, at: number): number {
  return at + headerBytes + extensionBytes(bytes[at + Offset.flags]!) - serviceBytes
}
