import { isDeepStrictEqual } from 'node:util'
import type { NodeName } from '@ring/platform'
import type { RingRecord } from '../core/record.ts'

/** Sees every record that any node takes for committed, and throws when two do not go together. */
export class AgreementChecker {
  readonly #decided = new Map<string, RingRecord>()
  readonly #lineageRoots = new Set<string>()
  #newest: RingRecord | undefined

  /** The newest record that anybody holds. */
  get newest(): RingRecord | undefined {
    return this.#newest
  }

  get versions(): number {
    return this.#decided.size
  }

  observe(at: NodeName, record: RingRecord): void {
    const key = `${record.lineage}:${record.version}`
    const known = this.#decided.get(key)
    if (known !== undefined && !isDeepStrictEqual(known, record))
      throw new Error(
        `R1: two records with version ${key}: ${at} has ${JSON.stringify(record)}, another has ${JSON.stringify(known)}`,
      )
    this.#decided.set(key, record)
    if (record.parent === undefined) this.#lineageRoots.add(record.lineage)
    if (this.#lineageRoots.size > 1)
      throw new Error(`R7: two lineages were formed: ${[...this.#lineageRoots].join(', ')}`)
    if (this.#newest === undefined || record.version > this.#newest.version) this.#newest = record
  }
}
