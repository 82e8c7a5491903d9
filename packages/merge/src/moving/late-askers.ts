import type { NodeName } from '@ring/platform'

/** They ask again before that. */
const rememberedMs = 30_000
const askersMax = 1_024

/** Who asked lately, and is told when the answer is another. */
export class LateAskers {
  readonly #atMs = new Map<NodeName, number>()

  asked(name: NodeName, nowMs: number): void {
    this.#atMs.delete(name)
    this.#atMs.set(name, nowMs)
    const [first] = this.#atMs.keys()
    if (this.#atMs.size > askersMax && first !== undefined) this.#atMs.delete(first)
  }

  lately(nowMs: number): readonly NodeName[] {
    for (const [name, atMs] of this.#atMs) if (nowMs - atMs > rememberedMs) this.#atMs.delete(name)
    return [...this.#atMs.keys()]
  }
}
