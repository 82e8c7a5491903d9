import { type GmsContext, send } from '../context.ts'
import type { Progress } from '../record/progress.ts'
import type { GroupRecord } from '../record/view.ts'

export interface SoleVoterHost {
  install(record: GroupRecord): void
  settled(version: number): void
}

/**
 * Deciding without a quorum (`QUORUM = none`): the coordinator is the only voter, so its decision is the commit. It brings
 * it to the members itself, and when it hands the vote over it waits until the next voter has it (rule R6).
 */
export class SoleVoter {
  readonly #context: GmsContext
  readonly #host: SoleVoterHost
  #handingOver: Progress | undefined

  constructor(context: GmsContext, host: SoleVoterHost) {
    this.#context = context
    this.#host = host
  }

  /** Whether the vote is this node's. */
  get isSelf(): boolean {
    return this.#context.record?.voters[0]?.name === this.#context.self.name
  }

  reset(): void {
    this.#handingOver = undefined
  }

  decide(next: GroupRecord): void {
    const successor = next.voters[0]?.name
    const keepsVote = successor === this.#context.self.name || next.view.members.length === 0
    if (!keepsVote) this.#handingOver = { lineage: next.lineage, version: next.version }
    this.#host.install(next)
    if (keepsVote) this.#host.settled(next.version)
  }

  /** The next voter says that it has the vote. */
  acknowledge(record: GroupRecord): void {
    const to = record.origin.name
    if (!this.isSelf || to === this.#context.self.name) return
    send(this.#context, to, { type: 'gms.view-ack', progress: { lineage: record.lineage, version: record.version } })
  }

  onAcknowledged(progress: Progress): void {
    if (this.#handingOver?.lineage !== progress.lineage || progress.version < this.#handingOver.version) return
    const { version } = this.#handingOver
    this.#handingOver = undefined
    this.#host.settled(version)
  }
}
