/** A server as the data plane sees it; its index in {@link Routing.servers} is its slot in this routing. */
export interface RoutedServer {
  readonly name: string
  readonly incarnation: number
  /** `host:port` of its data port. */
  readonly address: string
  /** False once it is known to be gone (removed, said goodbye, or confirmed refused: rule D1). */
  readonly up: boolean
  /** It is out of service: asked only by its name. */
  readonly isOut?: boolean
}

/** How a key becomes a partition: Ring's own hash over a fixed number of partitions, or CHMPX's hash modulo N. */
export type PartitionStrategy = 'ring' | 'chmpx'

/** `hash`: a key names its server. `random`: any server that is up, in turn. */
export type DeliverMode = 'hash' | 'random'

/** Partitions whose data is being moved, and whose requests wait for the record that ends it (rules D3, D4). */
export interface ClosingPartitions {
  /** The version of the record that closed them. */
  readonly version: number
  /** One byte for each partition: 1 says that it is closing. */
  readonly partitions: Uint8Array
}

/**
 * Where messages go, as of one version of the record: immutable, made by the app, handed to `messaging`.
 * The data plane reads the typed arrays directly; nothing in here is looked up by string.
 */
export interface Routing {
  /** The version of the record this was made from, and its epoch; programs are given both (rule K4). */
  readonly version: number
  readonly epoch: number
  readonly mode: DeliverMode
  readonly strategy: PartitionStrategy
  readonly partitions: number
  readonly servers: readonly RoutedServer[]
  /** Lives that lately left in order: what was asked of them they still answer. */
  readonly left?: readonly Pick<RoutedServer, 'name' | 'incarnation'>[]
  /** Places for owners per partition: the main one and its replicas. */
  readonly width: number
  /**
   * Row p is `owners[p * width .. p * width + width)`: the servers of partition p that are in sync, the owner first,
   * as indices into `servers`; {@link noServer} fills the rest.
   */
  readonly owners: Uint16Array
  /** For each partition, the version at which its row last changed (rule D5). */
  readonly changedAt: Float64Array
  /** What of it no server hands to programs any more, until a record says that it moved or that it stays. */
  readonly closing?: ClosingPartitions
}

/** The filler of {@link Routing.owners}. */
export const noServer = 0xffff

/** The first server of a partition that is up and in sync, as an index into `servers`; {@link noServer} if none. */
export function firstUp(routing: Routing, partition: number): number {
  const start = partition * routing.width
  const end = start + routing.width
  for (let place = start; place < end; place++) {
    const server = routing.owners[place]!
    if (server === noServer) return noServer
    if (routing.servers[server]!.up) return server
  }
  return noServer
}
