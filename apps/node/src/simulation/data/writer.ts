import type { Program } from '@ring/messaging'
import { type Clock, type Random, unit } from '@ring/platform'

const deadlineMs = 4_000
const longestPauseMs = 60

/** How often calls failed that should not have. */
export interface WriterCounts {
  written: number
  failed: string[]
}

/**
 * Writes ever higher numbers to keys of its own, each to all servers of the key, one after the other; a number counts once two of
 * them have it.
 */
export class Writer {
  /** The highest number of each key that counts. */
  readonly acknowledged = new Map<string, number>()
  readonly counts: WriterCounts = { written: 0, failed: [] }
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
    for (const key of this.#keys) this.#write(key, 1)
  }

  #write(key: string, number: number): void {
    if (!this.isWriting) return
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
      .finally(() => this.#clock.after(unit(this.#random) * longestPauseMs, () => this.#write(key, number + 1)))
  }
}
