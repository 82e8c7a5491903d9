import type { Answer } from '@ring/discovery'
import { groupStandingOf, hasPrecedence } from './group-standing.ts'
import type { MergePort, ViewMerger, ViewMerging } from './merging.ts'

const lookEveryMs = 5_000

/**
 * The simplest way in which groups of one name come together again: a coordinator looks around at intervals, and
 * dissolves its group when it finds a better one, by the same rule on both sides. Its members join the other group one
 * by one. `@ring/merge` does it as one change, and says who came from where.
 */
export const givingWay: ViewMerging = {
  begin: (port) => new GivingWay(port),
  decode: () => undefined,
}

class GivingWay implements ViewMerger {
  readonly #port: MergePort

  constructor(port: MergePort) {
    this.#port = port
  }

  start(): void {
    this.#port.setAlarm('look', lookEveryMs, () => {
      if (this.#port.coordinates()) this.#port.discover([])
      this.start()
    })
  }

  reset(): void {
    this.#port.clearAlarm('look')
  }

  onDiscovered(answers: readonly Answer[]): void {
    const { standing: own } = this.#port.answer()
    if (own.kind !== 'member' || !this.#port.coordinates()) return
    const mine = groupStandingOf(own)
    // Only what its coordinator says itself counts: who cannot reach that one would be in no group at all.
    const isBetter = ({ name, standing }: Answer) =>
      standing.kind === 'member' &&
      standing.coordinator.name === name &&
      standing.lineage !== mine.lineage &&
      hasPrecedence(groupStandingOf(standing), mine)
    if (answers.some(isBetter)) this.#port.dissolve()
  }

  onMessage(): void {
    // It has no messages of its own.
  }

  onView(): void {
    // Every view is as good as another.
  }

  onDoubtChanged(): void {
    // Nothing is under way that a doubt could end.
  }
}
