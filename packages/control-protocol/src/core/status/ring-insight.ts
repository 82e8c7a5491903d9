/** Where the record stands that a ring agrees on. */
export interface RecordPosition {
  readonly lineage: string
  readonly version: number
  readonly epoch: number
}

/** How far one server has come with the data of a merge. */
export interface MergeProgressReport {
  readonly server: string
  readonly items: number
  readonly bytes: number
  readonly itemsLeft?: number
  readonly bytesLeft?: number
  readonly secondsLeft?: number
}

/** The merge that is under way. */
export interface MergeReport {
  readonly id: string
  readonly phase: string
  /** The node, or the operator, that asked for it. */
  readonly startedBy: string
  readonly waitingFor: readonly { readonly server: string; readonly why: string }[]
  readonly progress: readonly MergeProgressReport[]
}

/** The programs of one service that are attached here; the unnamed service of CHMPX is an empty text. */
export interface AttachedPrograms {
  readonly service: string
  readonly programs: number
}

/** What the relay does now. */
export interface RelayReport {
  readonly requestsPerSecond: number
  readonly repliesPerSecond: number
  readonly bytesPerSecond: number
  readonly queues: readonly { readonly name: string; readonly depth: number; readonly capacity?: number }[]
}

/** What a Ring node knows and CHMPX has no word for. */
export interface RingInsight {
  readonly record?: RecordPosition
  readonly coordinator?: string
  readonly quorum: {
    readonly mode: 'majority' | 'none'
    /** Under a quorum lease: this side may act for the whole group. */
    readonly isPrimary: boolean
    readonly voters: readonly string[]
    readonly missing: readonly string[]
  }
  readonly merge?: MergeReport
  readonly attached: readonly AttachedPrograms[]
  readonly relay?: RelayReport
  /** For people, the gravest first. */
  readonly warnings: readonly string[]
}
