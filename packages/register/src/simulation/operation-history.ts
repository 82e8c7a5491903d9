import {
  type CompareAndSetInput,
  type CompareAndSetOutput,
  checkLinearizable,
  compareAndSetModel,
  type Operation,
} from '@ring/testkit'
import type { ProposalOutcome } from '../core/events.ts'
import type { RingRecord } from '../core/record/record.ts'
import type { AgreementChecker } from './agreement-checker.ts'

type Call = Operation<CompareAndSetInput<string>, CompareAndSetOutput<string>>

/** How a proposal ended: `record` is its own, or the one that has its place. */
type Ending =
  | { readonly kind: 'committed' | 'lost'; readonly record: RingRecord; readonly atMs: number }
  | { readonly kind: 'never'; readonly atMs: number }

interface Entry {
  readonly operation: string
  readonly call: Call
  readonly ending?: Ending
}

/** Every proposal of a run and every recovery, to be explained by one sequence of changes in the end. */
export class OperationHistory {
  readonly #checker: AgreementChecker
  readonly #entries: Entry[] = []
  /** By the lineage that was opened, the record that it goes on from. */
  readonly #recoveries = new Map<string, RingRecord>()

  constructor(checker: AgreementChecker) {
    this.#checker = checker
  }

  /** How many changes are known to be committed. */
  get committed(): number {
    return this.#entries.filter(({ ending }) => ending?.kind === 'committed').length
  }

  get recoveries(): number {
    return this.#recoveries.size
  }

  begin(operation: string, expected: string, nowMs: number): number {
    const input = { kind: 'compare-and-set', expected, next: operation } as const
    return this.#entries.push({ operation, call: { client: operation, beginMs: nowMs, input } }) - 1
  }

  end(at: number, outcome: ProposalOutcome, atMs: number): void {
    const entry = this.#entries[at]!
    if (outcome.kind === 'committed' || outcome.kind === 'lost') {
      this.#entries[at] = { ...entry, ending: { kind: outcome.kind, record: outcome.record, atMs } }
    } else if (outcome.kind === 'refused' || !outcome.mayHaveHappened) {
      this.#entries[at] = { ...entry, ending: { kind: 'never', atMs } }
    }
  }

  /** An operator gives up what comes after `last`; whether that gets onto the disk is seen from what is decided later. */
  recover(state: string, last: RingRecord, lineage: string, nowMs: number): void {
    this.#recoveries.set(lineage, last)
    this.begin(state, String(last.state), nowMs)
  }

  /** @throws Error when what the callers were told does not go together with `newest` */
  check(newest: RingRecord, nowMs: number): void {
    const path = this.#pathTo(newest)
    const isKept = ({ lineage, version }: RingRecord) => version <= (path.get(lineage) ?? -1)
    for (const { operation, ending } of this.#entries) {
      if (ending === undefined || (ending.kind !== 'never' && !isKept(ending.record))) continue
      const isThere = newest.operations.includes(operation)
      // The list is bounded, so only what is young enough can be asked for.
      if (ending.kind === 'committed' && !isThere && newest.operations.length < 256)
        throw new Error(`${operation} was committed and is gone`)
      if (ending.kind !== 'committed' && isThere) throw new Error(`${operation} was said to be lost and took effect`)
    }
    const read: Call = {
      client: 'end',
      beginMs: nowMs,
      input: { kind: 'read' },
      end: { atMs: nowMs, output: { value: String(newest.state) } },
    }
    const calls = [...this.#entries.flatMap((entry) => this.#explained(entry, isKept)), read]
    const verdict = checkLinearizable(calls, compareAndSetModel('formed'))
    if (verdict.kind === 'violated')
      throw new Error(`not linearizable: ${verdict.stuck.map((call) => call.client).join()} cannot be explained`)
  }

  #explained({ operation, call, ending }: Entry, isKept: (record: RingRecord) => boolean): readonly Call[] {
    if (ending === undefined) return [call]
    const { atMs } = ending
    if (ending.kind === 'never') {
      const input = { kind: 'compare-and-set', expected: 'certainly not', next: operation } as const
      return [{ ...call, input, end: { atMs, output: 'not-set' } }]
    }
    if (isKept(ending.record))
      return [{ ...call, end: { atMs, output: ending.kind === 'committed' ? 'set' : 'not-set' } }]
    // What was decided after the record that a recovery goes on from is given up; but a value that the recovered voter had
    // accepted lives on, whatever its proposer was told.
    const livesOn = [...this.#recoveries.values()].some(({ state }) => state === operation)
    return livesOn ? [call] : []
  }

  /** For each lineage on the way to `newest`, up to which version it still holds. */
  #pathTo(newest: RingRecord): ReadonlyMap<string, number> {
    const path = new Map([[newest.lineage, Number.POSITIVE_INFINITY]])
    let last = this.#recoveries.get(newest.lineage)
    while (last !== undefined) {
      const decided = this.#checker.decided(last.lineage, last.version)
      const isDecided = decided === undefined || decided.state === last.state
      path.set(last.lineage, isDecided ? last.version : last.version - 1)
      last = this.#recoveries.get(last.lineage)
    }
    return path
  }
}
