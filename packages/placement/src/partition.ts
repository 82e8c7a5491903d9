import { chmpxHash, keyHash, modulo64 } from './hash.ts'
import type { PartitionStrategy } from './routing.ts'

/** Partitions of a ring that hashes in Ring's own way. */
export const defaultPartitions = 1024

/** The partition of a key, 0 to `partitions` - 1. */
export function partitionOf(strategy: PartitionStrategy, partitions: number, key: Uint8Array | string): number {
  if (strategy === 'ring') return keyHash(key) % partitions
  const { high, low } = chmpxHash(key)
  return modulo64(high, low, partitions)
}

/**
 * The partition of a hash that the caller computed, as CHMPX's send functions take it: 64 bits, a negative number in
 * two's complement. The same for both strategies.
 */
export function partitionOfNumber(partitions: number, hash: number | bigint): number {
  if (typeof hash === 'bigint') return Number(BigInt.asUintN(64, hash) % BigInt(partitions))
  return modulo64(Math.floor(hash / 0x1_0000_0000) >>> 0, hash >>> 0, partitions)
}
