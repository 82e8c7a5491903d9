import type { GivenOptions } from './given-options.ts'

/** How much is said on stderr: `msg` each request, `dump` each reply too. */
export type Level = 'silent' | 'err' | 'wan' | 'msg' | 'dump'

/** Which nodes are known before anybody was asked. */
export type NodeChoice =
  | { readonly kind: 'configuration'; readonly configuration: string }
  | {
      readonly kind: 'host'
      readonly host: string
      readonly port: number
      /** Where it is dialled first, as text. */
      readonly endpoints: string | undefined
    }
  | { readonly kind: 'runtime'; readonly directory: string }
  /** A configuration that the environment names, else the nodes that run on this machine. */
  | { readonly kind: 'here' }

/** Files; a password or key never stands on a command line. */
export interface TlsFiles {
  readonly ca: string | undefined
  readonly certificate: string | undefined
  readonly privateKey: string | undefined
}

/** What holds for the whole session. */
export interface Settings {
  readonly choice: NodeChoice
  /** Which of the nodes is meant where a command names none. */
  readonly meant: {
    readonly ctlPort: number | undefined
    readonly cuk: string | undefined
    readonly customSeed: string | undefined
  }
  readonly group: string | undefined
  readonly idType: 'name' | 'cuk' | 'endpoint' | 'seed' | undefined
  readonly timeoutMs: number
  readonly parallel: number
  readonly tls: TlsFiles | undefined
  readonly tokenFile: string | undefined
  readonly keepGoing: boolean
  readonly noColor: boolean
  readonly lap: boolean
  readonly level: Level
  readonly historySize: number
  /** What was accepted and changes nothing. */
  readonly remarks: readonly string[]
}

/** What the session does. */
export type Work =
  /** Lines from the terminal, or from a pipe. */
  | { readonly kind: 'shell' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly line: string }
  | { readonly kind: 'repeat'; readonly line: string; readonly everyMs: number }

export type Start =
  | { readonly kind: 'help'; readonly command: string | undefined }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'work'
      readonly settings: Settings
      /** Those that hold for commands too, where they say nothing else. */
      readonly given: GivenOptions
      readonly work: Work
    }
