import { type DeltaTerms, deltaBetween, type ViewDelta } from '../record/delta.ts'
import { changeBetween, type GroupRecord, type ViewChange } from '../record/view.ts'

/** A record that a node has just installed, against the one before it: compared once for all who pass it on. */
export class News {
  readonly before: GroupRecord | undefined
  readonly record: GroupRecord
  readonly change: ViewChange
  readonly #terms: DeltaTerms
  #delta: { readonly value: ViewDelta | undefined } | undefined

  constructor(before: GroupRecord | undefined, record: GroupRecord, terms: DeltaTerms) {
    this.before = before
    this.record = record
    this.change = changeBetween(before?.view, record.view)
    this.#terms = terms
  }

  /** Whether both are of one lineage; else the change says nothing of what happened in either group. */
  get isSequel(): boolean {
    return this.before?.lineage === this.record.lineage
  }

  /** The news as a delta; `undefined` where it is more than that can say. */
  get delta(): ViewDelta | undefined {
    const { before, record } = this
    this.#delta ??= { value: before && deltaBetween(before, record, this.#terms, this.change) }
    return this.#delta.value
  }
}
