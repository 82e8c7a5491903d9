import type { Recording, TimedFault } from './fault.ts'

export interface ShrinkOptions {
  /** At most this many tries (default 400): each one runs the whole scenario. */
  readonly triesMax?: number
}

export interface Shrunk {
  readonly recording: Recording
  /** How many runs it took. */
  readonly tries: number
  /** Whether nothing smaller fails, as far as single steps can tell; false when the tries ran out. */
  readonly isMinimal: boolean
}

const usualTries = 400
const shortestMs = 1

/**
 * Finds a smaller recording that still fails: takes faults out (first halves, then quarters, down to single ones: the
 * method known as delta debugging), then shortens those that are left and rounds their times to milliseconds.
 *
 * @param fails runs the scenario with a recording, in a new world, and says whether it fails as before
 */
export function shrink(
  recording: Recording,
  fails: (candidate: Recording) => boolean,
  options: ShrinkOptions = {},
): Shrunk {
  const search = new Search(recording, fails, options.triesMax ?? usualTries)
  for (let before: Recording | undefined; before !== search.best && search.mayTry; ) {
    before = search.best
    search.dropFaults()
    search.shorten()
  }
  search.round()
  search.endEarly()
  return { recording: search.best, tries: search.tries, isMinimal: search.mayTry }
}

class Search {
  best: Recording
  tries = 0
  readonly #fails: (candidate: Recording) => boolean
  readonly #triesMax: number

  constructor(recording: Recording, fails: (candidate: Recording) => boolean, triesMax: number) {
    this.best = recording
    this.#fails = fails
    this.#triesMax = triesMax
  }

  get mayTry(): boolean {
    return this.tries < this.#triesMax
  }

  dropFaults(): void {
    for (let size = Math.ceil(this.best.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      // From the end: what comes late is seldom what matters, and dropping it disturbs nothing before it.
      for (let from = this.best.faults.length - size; from > -size; from -= size) {
        const begin = Math.max(0, from)
        const { faults } = this.best
        if (begin < faults.length) this.#try([...faults.slice(0, begin), ...faults.slice(from + size)])
      }
    }
  }

  /** Halves the length of each fault as long as it still fails. */
  shorten(): void {
    for (let at = 0; at < this.best.faults.length; at++) {
      for (let more = true; more; ) {
        const { forMs } = this.best.faults[at]!
        more = forMs > shortestMs && this.#try(this.#with(at, { forMs: Math.max(shortestMs, forMs / 2) }))
      }
    }
  }

  /** Heals the world as soon as the last fault has ended. */
  endEarly(): void {
    const lastMs = Math.max(0, ...this.best.faults.map(({ atMs, forMs }) => atMs + forMs))
    if (lastMs < this.best.untilMs) this.#tryRecording({ ...this.best, untilMs: Math.ceil(lastMs) })
  }

  /** Whole milliseconds read better. Where all at once do not fail, each by itself is tried. */
  round(): void {
    const rounded = (fault: TimedFault): TimedFault => ({
      ...fault,
      atMs: Math.round(fault.atMs),
      forMs: Math.max(shortestMs, Math.round(fault.forMs)),
    })
    if (this.#try(this.best.faults.map(rounded))) return
    for (let at = 0; at < this.best.faults.length; at++) this.#try(this.#with(at, rounded(this.best.faults[at]!)))
  }

  #with(at: number, part: Partial<TimedFault>): readonly TimedFault[] {
    return this.best.faults.map((fault, index) => (index === at ? { ...fault, ...part } : fault))
  }

  #try(faults: readonly TimedFault[]): boolean {
    return this.#tryRecording({ ...this.best, faults })
  }

  #tryRecording(candidate: Recording): boolean {
    if (!this.mayTry) return false
    this.tries++
    if (!this.#fails(candidate)) return false
    this.best = candidate
    return true
  }
}
