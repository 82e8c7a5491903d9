import type { PartitionStrategy } from '@ring/placement'

/** A key as programs give it; a number is a hash computed elsewhere, as in CHMPX. */
export type Key = string | Uint8Array | number

/** Encodes a key as the bytes that travel; a number as 8 bytes, little-endian. */
export function keyBytes(key: Key): Uint8Array {
  if (typeof key === 'string') return textEncoder.encode(key)
  if (typeof key !== 'number') return key
  if (!Number.isSafeInteger(key) || key < 0) throw new RangeError('A numeric key is a whole number of 0 to 2^53 - 1.')
  const bytes = new Uint8Array(8)
  for (let place = 0, rest = key; place < 8; place++, rest = Math.floor(rest / 256)) bytes[place] = rest % 256
  return bytes
}

const textEncoder = new TextEncoder()

/** FNV-1a over `[start, end)`, finished so that the low bits depend on all: u32. Chooses program and partition. */
export function keyHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The partition of a key; `hash` is its {@link keyHash}. A number is taken as it is, under both strategies. */
export function partitionOf(strategy: PartitionStrategy, partitions: number, key: Key, hash: number): number {
  if (typeof key === 'number') return key % partitions
  return strategy === 'ring' ? hash % partitions : chmpxModulo(keyBytes(key), partitions)
}

const sixtyFourBits = 0xffff_ffff_ffff_ffffn

/** CHMPX's hash (FNV-1a of 64 bits over signed bytes) modulo N. */
function chmpxModulo(bytes: Uint8Array, partitions: number): number {
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) {
    hash = ((hash ^ BigInt.asUintN(64, BigInt((byte << 24) >> 24))) * 0x100000001b3n) & sixtyFourBits
  }
  return Number(hash % BigInt(partitions))
}
