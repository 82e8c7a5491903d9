import type { BodySizes } from './body-sizes.ts'
import type { KeyDistribution } from './key-choice.ts'

/** What a client program does with each message. */
export type LoadMode = 'request' | 'oneway' | 'broadcast' | 'replicate'

/** How much is told on stderr: CHMPX's levels. */
export type Level = 'err' | 'wan' | 'inf' | 'dump'

/** The node a program belongs to, found like the daemon finds itself. */
export interface NodeChoice {
  readonly configuration: string
  readonly ctlPort?: number
  readonly cuk?: string
  readonly runtimeDirectory?: string
}

/** What both ends of a load have in common. */
interface EndSettings {
  readonly node: NodeChoice
  /** Run the node inside the program's own process. */
  readonly embedded: boolean
  /** How long to wait for a node that is not there yet. */
  readonly waitMs: number
  readonly processes: number
  /** Requests of each sender (of a server end: requests served, for each process and thread); 0 is no limit. */
  readonly loops: number
  /** Of one run; undefined is no limit. */
  readonly durationMs: number | undefined
  /** Independent senders of each process, each with one request out; with a rate: the most that are out. */
  readonly inFlight: number
  readonly bodyBytes: number
  readonly print: boolean
  readonly level: Level
  readonly label: string
  readonly json: boolean
  readonly progress: boolean
  /** Started with CHMPX's flags: CHMPX's lines are printed as well. */
  readonly chmpxStyle: boolean
}

export interface ClientSettings extends EndSettings {
  readonly end: 'client'
  readonly mode: LoadMode
  /** `bodyBytes` is the longest of these. */
  readonly sizes: BodySizes
  readonly keys: number
  readonly keyDistribution: KeyDistribution
  /** Requests a second of all processes together; undefined is as fast as answers come. */
  readonly rate: number | undefined
  /** Where to write the whole report, for people or to be compared. */
  readonly htmlFile: string | undefined
  readonly saveFile: string | undefined
  readonly verify: boolean
  readonly idempotent: boolean
  readonly whenFull: 'fail' | 'wait'
  readonly whenDown: 'fail' | 'wait'
  readonly deadlineMs: number
  readonly warmUpMs: number
  readonly baseline: boolean
  readonly runs: number
  readonly cpuPids: readonly number[]
}

export interface ServerSettings extends EndSettings {
  readonly end: 'server'
  /** Replies are the request, filled up to `bodyBytes`; otherwise empty. */
  readonly reply: boolean
}

export interface SpeedSettings {
  readonly runs: number
  readonly durationMs: number
  readonly warmUpMs: number
  readonly bodyBytes: number
  readonly json: boolean
}

/** Two saved reports of a client end. */
export interface CompareSettings {
  readonly before: string
  readonly after: string
  readonly json: boolean
}

export type Command =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'client'; readonly settings: ClientSettings }
  | { readonly command: 'server'; readonly settings: ServerSettings }
  | { readonly command: 'speed'; readonly settings: SpeedSettings }
  | { readonly command: 'compare'; readonly settings: CompareSettings }
