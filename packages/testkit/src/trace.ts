import { TextHash } from './text-hash.ts'

/** A line of a trace, or what makes it: the latter is called only where lines are kept. */
export type TraceLine = string | (() => string)

/**
 * What happened in a world, a line for each event. All lines count in the hash; only the newest `keep` are kept,
 * so that a long run does not grow without bound. With `keep` 0 the trace is off: no line is made, and the hash is
 * that of the times at which something happened, which still tells two runs apart.
 */
export class Trace {
  readonly #hash = new TextHash()
  readonly #keep: number
  #lines: string[] = []
  #count = 0

  constructor(keep = 20_000) {
    this.#keep = keep
  }

  /** Whether lines are made and kept. */
  get isOn(): boolean {
    return this.#keep > 0
  }

  add(atMs: number, line: TraceLine): void {
    this.#count++
    if (!this.isOn) return
    const text = `${atMs.toFixed(3)} ${typeof line === 'string' ? line : line()}`
    this.#hash.add(text)
    this.#lines.push(text)
    if (this.#lines.length >= 2 * this.#keep) this.#lines = this.#lines.slice(-this.#keep)
  }

  /** An event of the world runs. Counts in the hash of a trace that is off. */
  pass(atMs: number): void {
    if (!this.isOn) this.#hash.addNumber(atMs)
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
