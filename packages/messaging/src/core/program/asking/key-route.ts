import { type PartitionStrategy, partitionOf as partitionOfBytes, partitionOfNumber } from '@ring/placement'

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

/** The partition of a key; `hash` is placement's hash of its bytes. A number is taken as it is, under both strategies. */
export function partitionOf(strategy: PartitionStrategy, partitions: number, key: Key, hash: number): number {
  if (typeof key === 'number') return partitionOfNumber(partitions, key)
  return strategy === 'ring' ? hash % partitions : partitionOfBytes(strategy, partitions, key)
}
