import type { NodeReport } from './node-report.ts'
import type { RingInsight } from './ring-insight.ts'

export type IdType = 'name' | 'cuk' | 'control endpoints' | 'custom'

/** What DUMP shows of the configuration. Times are in CHMPX's units, which the key names. */
export interface DumpedConfiguration {
  readonly revision: number
  /** Seconds since the Unix epoch. */
  readonly date: number
  readonly idType: IdType
  readonly isRandomDelivery: boolean
  readonly autoMerge: boolean
  readonly doMerge: boolean
  readonly replicas: number
  /** `MAXCHMPX`. */
  readonly nodesMax: number
  readonly tlsMinVersion: string
  readonly socketThreads: number
  readonly queueThreads: number
  readonly queuesMax: number
  readonly chmpxQueues: number
  readonly queueDepthOfChmpx: number
  readonly queueDepthOfClient: number
  readonly queuesPerClientMax: number
  readonly queuesPerAttach: number
  readonly queueAcknowledged: boolean
  readonly socketPoolMax: number
  readonly socketPoolTimeoutSeconds: number
  readonly socketRetries: number
  readonly socketTimeoutMicroseconds: number
  readonly connectTimeoutMicroseconds: number
  readonly queueRetries: number
  readonly queueTimeoutMicroseconds: number
  readonly mergeTimeoutSeconds: number
  /** `MAXHISTLOG`: how many entries TRACE keeps. */
  readonly traceEntriesMax: number
  readonly messageStore: {
    readonly fullMap: boolean
    readonly maskBits: number
    readonly collisionMaskBits: number
    readonly elementsMax: number
  }
}

/** What went to, or came from, all nodes of one kind. */
export interface TrafficReport {
  readonly sent: number
  readonly received: number
  readonly bytes: number
  readonly bytesMin: number
  readonly bytesMax: number
  /** In nanoseconds. */
  readonly time: bigint
  readonly timeMin: bigint
  readonly timeMax: bigint
}

export const noTraffic: TrafficReport = {
  sent: 0,
  received: 0,
  bytes: 0,
  bytesMin: 0,
  bytesMax: 0,
  time: 0n,
  timeMin: 0n,
  timeMax: 0n,
}

/** Everything that a node tells of itself and of the others as it sees them: what all three status commands print from. */
export interface NodeDump {
  readonly group: string
  readonly self: NodeReport
  /** In ring order; the node itself among them where it is a server. */
  readonly servers: readonly NodeReport[]
  readonly slaves: readonly NodeReport[]
  /** A merge is under way: some server is DOING or DONE. */
  readonly isOperating: boolean
  /** Merging is suspended ring-wide, whatever `AUTOMERGE` says. */
  readonly isSuspended: boolean
  readonly configuration: DumpedConfiguration
  readonly traffic: { readonly servers: TrafficReport; readonly slaves: TrafficReport }
  readonly pid: number
  /** Seconds since the Unix epoch. */
  readonly startedAt: number
  /** The processes of the attached programs. */
  readonly programPids: readonly number[]
  /** Connections on the control port; the control server puts in its own count. */
  readonly controlConnections: number
  /** What CHMPX has no word for; shown in the JSON form only, and absent in what a CHMPX node told. */
  readonly ring?: RingInsight
}

/** The slaves alone: CHMPX lists a server that dialled this one among its slaves too, and has its tool take it for one. */
export function slavesAlone(dump: Pick<NodeDump, 'servers' | 'slaves'>): readonly NodeReport[] {
  const servers = new Set(dump.servers.map(({ id }) => id))
  return dump.slaves.filter(({ id }) => !servers.has(id))
}
