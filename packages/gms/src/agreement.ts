import type { Incarnation, NodeName, Peer } from '@ring/platform'
import type { GroupRecord } from './core/view.ts'

/** What the register tells membership. */
export interface AgreementHost {
  onCommitted(record: GroupRecord): void
  onSettled(version: number): void
  onProposalFailed(id: number, why: 'lost' | 'no-quorum'): void
  sendRegisterMessage(to: NodeName, message: object): void
}

/** The register as membership uses it: decisions by a quorum of voters. */
export interface Agreement {
  /** Decides version 1 among the configured names (rule R7). */
  form(record: GroupRecord): void
  /** Decides the successor of the version before `next`. */
  propose(id: number, next: GroupRecord): void
  /** Somebody says that this record is committed. */
  learn(record: GroupRecord): void
  onMessage(from: Peer, message: unknown): void
  beginLife(incarnation: Incarnation): void
  resumed(gapMs: number): void
  stop(): void
}

export type OpenedAgreement =
  | { readonly ok: true; readonly agreement: Agreement; readonly voterId: string; readonly stored: unknown }
  | { readonly ok: false; readonly error: Error }

/** Reads the state directory and gives the register. */
export type OpenAgreement = (host: AgreementHost, done: (opened: OpenedAgreement) => void) => void
