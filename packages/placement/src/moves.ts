import { type PartitionTable, rowOf } from './table.ts'

/**
 * Keys that a server will hold and does not hold now. They are those that are in `fromPartition` of the present table
 * *and* in `partition` of the next one; where both tables have the same partitions the two are equal.
 */
export interface Move {
  readonly fromPartition: number
  readonly partition: number
  /** The present owner, from whom they are copied. */
  readonly from: string
  readonly to: string
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other)
}

/**
 * What has to be copied to get from one table to the next. A change of owner among those who hold the partition
 * already copies nothing and is not in the list.
 *
 * With N and M partitions there are up to N * M / gcd(N, M) pairs of partitions that share keys.
 */
export function moves(from: PartitionTable, to: PartitionTable): readonly Move[] {
  const found: Move[] = []
  const sameHash = from.strategy === to.strategy
  // Two remainders of one hash agree modulo every common divisor; remainders of two hashes have nothing in common.
  const divisor = sameHash ? greatestDivisor(from.partitions, to.partitions) : 1
  const targets = Array.from({ length: to.partitions }, (_, partition) => rowOf(to, partition))
  for (let fromPartition = 0; fromPartition < from.partitions; fromPartition++) {
    const present = rowOf(from, fromPartition)
    const owner = present[0]
    if (owner === undefined) continue
    for (let partition = fromPartition % divisor; partition < to.partitions; partition += divisor) {
      for (const server of targets[partition]!) {
        if (!present.includes(server)) found.push({ fromPartition, partition, from: owner, to: server })
      }
    }
  }
  return found
}
