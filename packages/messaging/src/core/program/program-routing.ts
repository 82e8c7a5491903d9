import type { DeliverMode, PartitionStrategy } from '@ring/placement'

/** A server, as a program is told of it; its place in the list is the `server` of answers. */
export interface ProgramServer {
  readonly name: string
  readonly up: boolean
}

/** What a program knows of the routing: enough to hash keys, to stamp requests and to name servers. */
export interface ProgramRouting {
  readonly version: number
  readonly epoch: number
  readonly mode: DeliverMode
  readonly strategy: PartitionStrategy
  readonly partitions: number
  readonly servers: readonly ProgramServer[]
  /** For each partition, the version at which its row last changed. */
  readonly changedAt: Float64Array
}

/** Whether the same key has the same partition under both. */
export function samePartitions(one: ProgramRouting, other: ProgramRouting): boolean {
  return one.mode === other.mode && one.strategy === other.strategy && one.partitions === other.partitions
}
