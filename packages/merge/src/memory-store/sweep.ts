import type { Selector, StoredKey } from '../core/moving/selection.ts'
import type { Logged } from './change-log.ts'

interface Swept extends Logged {
  readonly key: StoredKey
}

/** What a commit says, until every item is where it belongs: to look it up costs nothing but while it is so. */
export class Sweep<Item extends Swept> {
  /** Copies that count, and are not yet among the others. */
  readonly arriving: Map<string, Item>
  readonly #walk: Iterator<[string, Item]>
  readonly #gained: readonly Selector[]
  readonly #holds: Selector
  /** What has changed since is of those who have the key now. */
  readonly #untilSeq: number

  constructor(
    arriving: Map<string, Item>,
    present: ReadonlyMap<string, Item>,
    {
      gained,
      holds,
      untilSeq,
    }: { readonly gained: readonly Selector[]; readonly holds: Selector; readonly untilSeq: number },
  ) {
    this.arriving = arriving
    this.#walk = present.entries()
    this.#gained = gained
    this.#holds = holds
    this.#untilSeq = untilSeq
  }

  /** Whether an item that was there does not count any more. */
  isGone({ key, seq }: Item): boolean {
    if (seq > this.#untilSeq) return false
    return !this.#holds.has(key) || this.#gained.some((selector) => selector.has(key))
  }

  /** The next of what was there; undefined once all has been looked at. */
  next(): readonly [string, Item] | undefined {
    const step = this.#walk.next()
    return step.done === true ? undefined : step.value
  }
}
