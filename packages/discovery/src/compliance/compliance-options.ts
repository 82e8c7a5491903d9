import type { DiscoveryProtocol } from '../discovery.ts'

/** What the suite needs of a test runner: vitest, node:test, mocha and others have it. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
}

/** A node of the suite, as a protocol may want to know it. */
export interface ComplianceParticipant {
  readonly name: string
  readonly group: string
  readonly role: 'server' | 'slave'
  /** Where it listens, on loopback; a slave does not. */
  readonly address: string
}

/** What the nodes of one test find each other through. */
export interface ComplianceMedium {
  /** The protocol for one node; called once for each, before it begins. */
  protocol(participant: ComplianceParticipant): DiscoveryProtocol
  /** Takes the medium away and brings it back, empty. */
  restart?(): Promise<void>
  /** Ends it; all nodes have stopped. */
  stop?(): Promise<void>
}

export interface ComplianceOptions {
  /** Stands before the name of every test. */
  readonly name: string
  /** A new medium for each test. */
  readonly setup: () => ComplianceMedium | Promise<ComplianceMedium>
  /** Whether the query names the addresses of all nodes, as a configuration would. */
  readonly needsList?: boolean
  /** Whether the medium is something that can go away and come back: then `restart` is tried. */
  readonly restarts?: boolean
  /** What a run is given, in milliseconds; 1500 when not given. */
  readonly timeoutMs?: number
}
