import type { Program } from '@ring/messaging'
import { type Clock, type Random, unit } from '@ring/platform'

const deadlineMs = 4_000
const longestPauseMs = 60

/** How often calls failed that should not have. */
export interface WriterCounts {
  written: number
  read: number
  failed: string[]
  /** Reads that gave less than counted when they began. */
  stale: string[]
}

/** Keys that are written so often at the beginning, and then never again. */
const settledNumber = 5

/**
 * Writes ever higher numbers to keys of its own, each to all servers of the key, one after the other; a number counts once two of
 * them have it. Every third key is left as it is after a few. All of them are read all the time.
 */
export class Writer {
  /** The highest number of each key that counts. */
  readonly acknowledged = new Map<string, number>()
  readonly counts: WriterCounts = { written: 0, read: 0, failed: [], stale: [] }
  isWriting = false
  readonly #program: Program
  readonly #keys: readonly string[]
  readonly #clock: Clock
  readonly #random: Random

  constructor(program: Program, keys: readonly string[], clock: Clock, random: Random) {
    this.#program = program
    this.#keys = keys
    this.#clock = clock
    this.#random = random
  }

  begin(): void {
    this.isWriting = true
    for (const [at, key] of this.#keys.entries()) {
      this.#write(key, 1, at % 3 === 0 ? settledNumber : Number.POSITIVE_INFINITY)
      this.#read(key)
    }
  }

  #read(key: string): void {
    if (!this.isWriting) return
    const counts = this.acknowledged.get(key) ?? 0
    this.#program
      .request(key, '', { deadlineMs })
      .then(
        (body) => {
          this.counts.read++
          const found = Number(new TextDecoder().decode(body))
          if (found < counts) this.counts.stale.push(`${key} was read as ${found}, and ${counts} counted`)
        },
        (error: unknown) => void this.counts.failed.push(`${key}: ${String(error)}`),
      )
      .finally(() => this.#clock.after(unit(this.#random) * longestPauseMs, () => this.#read(key)))
  }

  #write(key: string, number: number, last: number): void {
    if (!this.isWriting || number > last) return
    this.#program
      .replicate(key, `${number}`, { deadlineMs, whenFull: 'wait' })
      .then(
        (answers) => {
          const bad = answers.flatMap((answer) => (answer.ok ? [] : [`${answer.server}: ${answer.error.message}`]))
          if (bad.length > 0) this.counts.failed.push(`${key} = ${number}: ${bad.join('; ')}`)
          else this.counts.written++
          if (answers.length - bad.length >= 2) this.acknowledged.set(key, number)
        },
        (error: unknown) => void this.counts.failed.push(`${key} = ${number}: ${String(error)}`),
      )
      .finally(() => this.#clock.after(unit(this.#random) * longestPauseMs, () => this.#write(key, number + 1, last)))
  }
}
