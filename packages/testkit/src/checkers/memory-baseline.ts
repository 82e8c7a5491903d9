import { InvariantViolation } from './invariant-violation.ts'

/** What a process holds, by names of its own: `{ timers: 3, links: 4, tables: 12 }`. */
export type Sizes = Readonly<Record<string, number>>

/** What a process holds returns to what it held before the trouble. */
export class MemoryBaseline {
  readonly #slack: number
  readonly #baselines = new Map<string, Sizes>()

  /** @param slack how much above its baseline each size may be (default 0) */
  constructor(options: { readonly slack?: number } = {}) {
    this.#slack = options.slack ?? 0
  }

  /** What a process holds at rest. Taken again, the highest sizes count. */
  take(observer: string, sizes: Sizes): void {
    const known = this.#baselines.get(observer) ?? {}
    const highest = Object.entries(sizes).map(([name, size]) => [name, Math.max(size, known[name] ?? 0)] as const)
    this.#baselines.set(observer, { ...known, ...Object.fromEntries(highest) })
  }

  /** What is above the baseline: `links 9 (4)`. To wait for nothing before {@link check}. */
  excess(observer: string, sizes: Sizes): readonly string[] {
    const baseline = this.#baselines.get(observer)
    if (baseline === undefined) throw new RangeError(`"${observer}" has no baseline: take one while it is at rest`)
    return Object.entries(sizes)
      .filter(([name, size]) => size > (baseline[name] ?? 0) + this.#slack)
      .map(([name, size]) => `${name} ${size} (${baseline[name] ?? 0})`)
  }

  check(observer: string, sizes: Sizes): void {
    const excess = this.excess(observer, sizes)
    if (excess.length === 0) return
    throw new InvariantViolation('memory', `${observer} holds more than at rest: ${excess.join(', ')}`)
  }
}
