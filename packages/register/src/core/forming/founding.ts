import type { NodeName, Peer } from '@ring/platform'
import type { Inquiry } from '../message.ts'
import { founder, type RecordContent, type Voter } from '../record/record.ts'
import type { Proposer, RegisterParts } from '../voting/proposer.ts'
import type { Electorate, FormationTerms } from '../voting/quorum.ts'
import { Formation, type FormationOptions } from './formation.ts'

/** What the first record holds; a pure function of its voters. */
export type FirstContent = (voters: readonly Voter[]) => Pick<RecordContent, 'view' | 'state'>

export interface FoundingOptions {
  readonly formation: FormationOptions
  /** The state directory was empty when this life began. */
  readonly fresh: boolean
  readonly lineage: string
  readonly wallMs: number
  readonly firstContent: FirstContent
}

/** Takes part in the formation of the first record (rule R7), until this node holds one. */
export class Founding {
  readonly #parts: RegisterParts
  readonly #proposer: Proposer
  readonly #options: FoundingOptions
  readonly #formation: Formation
  readonly #startMs: number
  #namesAtStop = 0

  constructor(parts: RegisterParts, proposer: Proposer, options: FoundingOptions) {
    this.#parts = parts
    this.#proposer = proposer
    this.#options = options
    this.#startMs = parts.outbox.nowMs
    this.#formation = new Formation(options.formation, parts.self, options.fresh, this.#startMs, parts.rules)
  }

  see(names: readonly NodeName[]): void {
    this.#formation.see(names)
  }

  mayVote(terms: FormationTerms): boolean {
    return this.#formation.mayVote(terms, this.#parts.outbox.nowMs)
  }

  onInquiry(from: Peer, inquiry: Inquiry): void {
    const { outbox } = this.#parts
    this.#formation.hear(from.name, inquiry)
    if (!inquiry.answer) outbox.send(from.name, this.#formation.inquiry(outbox.nowMs, true))
  }

  /** Asks everybody, and begins when it is time. */
  goOn(): void {
    const { outbox, self, timing } = this.#parts
    outbox.arm('form', timing.formMs, timing.formMs / 2)
    for (const name of this.#formation.names)
      if (name !== self.name) outbox.send(name, this.#formation.inquiry(outbox.nowMs, false))
    const next = this.#formation.next(outbox.nowMs)
    if (next.kind === 'stopped' && next.names.length !== this.#namesAtStop) {
      this.#namesAtStop = next.names.length
      outbox.emit({ type: 'formation-stopped', names: next.names })
    }
    if (next.kind === 'propose' && this.#proposer.isIdle) this.#propose(next.electorate)
  }

  #propose(electorate: Electorate): void {
    const { outbox, timing } = this.#parts
    const voters = this.#formation.firstVoters(electorate)
    const wallMs = this.#options.wallMs + (outbox.nowMs - this.#startMs)
    const content = { ...this.#options.firstContent(voters), voters, operations: [] }
    this.#proposer.open({
      proposalId: undefined,
      after: undefined,
      electorate,
      own: founder(this.#options.lineage, content, this.#proposer.nextOrigin(), wallMs),
      deadlineMs: outbox.nowMs + timing.proposalMs / 2,
    })
  }
}
