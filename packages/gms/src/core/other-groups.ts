import type { Answer } from '@ring/discovery'
import { type GmsContext, otherMembers, send } from './context.ts'
import { isBetterGroup } from './joiner.ts'

export interface OtherGroupsHost {
  /** Whether this node coordinates its group, and so may look and decide. */
  coordinates(): boolean
  answer(): Answer
  dissolved(): void
}

/**
 * Groups of one name that were apart (`QUORUM = none`): a coordinator looks around at intervals, and dissolves its group into
 * a better one, by the same rule on both sides. Its members join the other one anew.
 */
export class OtherGroups {
  readonly #context: GmsContext
  readonly #host: OtherGroupsHost

  constructor(context: GmsContext, host: OtherGroupsHost) {
    this.#context = context
    this.#host = host
  }

  lookLater(): void {
    const { quorum, alarms, nowMs, timing } = this.#context
    if (quorum === 'majority') return
    alarms.set('look', nowMs + timing.mergeIntervalMs, () => {
      if (this.#host.coordinates()) this.#context.emit({ type: 'discover', purpose: 'merge' })
      this.lookLater()
    })
  }

  onDiscovered(answers: readonly Answer[]): void {
    const mine = this.#host.answer().standing
    if (mine.kind !== 'member' || !this.#host.coordinates()) return
    for (const { standing } of answers) {
      if (standing.kind !== 'member' || standing.lineage === mine.lineage || !isBetterGroup(standing, mine)) continue
      for (const { name } of otherMembers(this.#context)) send(this.#context, name, { type: 'gms.dissolve' })
      this.#host.dissolved()
      return
    }
  }
}
