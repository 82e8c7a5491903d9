import { TextHash } from './text-hash.ts'

/**
 * What happened in a world, a line for each event. All lines count in the hash; only the newest `keep` are kept,
 * so that a long run does not grow without bound.
 */
export class Trace {
  readonly #hash = new TextHash()
  readonly #keep: number
  #lines: string[] = []
  #count = 0

  constructor(keep = 20_000) {
    this.#keep = keep
  }

  add(line: string): void {
    this.#count++
    this.#hash.add(line)
    this.#lines.push(line)
    if (this.#lines.length >= 2 * this.#keep) this.#lines = this.#lines.slice(-this.#keep)
  }

  /** How many lines were added in all. */
  get count(): number {
    return this.#count
  }

  /** The newest `limit` lines that were kept, oldest first. */
  lines(limit = this.#keep): readonly string[] {
    return limit === 0 ? [] : this.#lines.slice(-limit)
  }

  hash(): string {
    return this.#hash.hex()
  }
}
