import type { Logger } from '@ring/platform'
import type { StateParts } from '../core/record/state-parts.ts'

/** Says which parts of the record this version cannot act on: once when that begins, and once when it is over (rule S1). */
export class PartWatch {
  readonly #parts: StateParts
  readonly #logger: Logger
  #invalid: readonly string[] = []

  constructor(parts: StateParts, logger: Logger) {
    this.#parts = parts
    this.#logger = logger
  }

  look(state: unknown): void {
    const invalid = this.#parts.invalid(state)
    for (const part of invalid) {
      if (this.#invalid.includes(part)) continue
      const text = 'the record holds a value that this version cannot act on; it is kept as it is: upgrade this node'
      this.#logger.warn({ event: 'part.invalid', part }, text)
    }
    for (const part of this.#invalid)
      if (!invalid.includes(part)) this.#logger.info({ event: 'part.valid', part }, 'the part can be acted on again')
    this.#invalid = invalid
  }
}
