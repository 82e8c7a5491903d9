import { isDeepStrictEqual } from 'node:util'
import type { NodeName } from '@ring/platform'
import type { RingRecord } from '../core/record/record.ts'

/** Sees every record that any node takes for committed, and throws when two do not go together. */
export class AgreementChecker {
  readonly #decided = new Map<string, RingRecord>()
  readonly #lineageRoots = new Set<string>()
  /** In the order in which they were opened: a run recovers the last one only. */
  readonly #lineages: string[] = []
  #newest: RingRecord | undefined

  /** The newest record of the last lineage that anybody holds. */
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
    if (!this.#lineages.includes(record.lineage)) this.#lineages.push(record.lineage)
    if (this.#isNewer(record)) this.#newest = record
  }

  /** The record that was decided at a position, if anybody holds it. */
  decided(lineage: string, version: number): RingRecord | undefined {
    return this.#decided.get(`${lineage}:${version}`)
  }

  #isNewer({ lineage, version }: RingRecord): boolean {
    if (this.#newest === undefined) return true
    if (lineage === this.#newest.lineage) return version > this.#newest.version
    return this.#lineages.indexOf(lineage) > this.#lineages.indexOf(this.#newest.lineage)
  }
}
