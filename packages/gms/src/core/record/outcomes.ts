import { operationsMax } from '@ring/register'
import { canonicalText } from './canonical-text.ts'

/** An operation that took effect, for whoever tries it again (rule S2). */
export interface RememberedOperation {
  readonly id: string
  /** Of part and body. */
  readonly digest: number
  /** In which version it took effect. */
  readonly version: number
  readonly outcome: unknown
}

/** What the record remembers of operations. */
export interface Outcomes {
  /** The newest last, each id once. */
  readonly last: readonly RememberedOperation[]
  /** What took effect up to this version may be forgotten: 0 while nothing is. */
  readonly forgotten: number
}

/** How long all that is remembered may be, in characters: it stands in every record. */
const outcomesMaxChars = 65_536
const none: Outcomes = { last: [], forgotten: 0 }

/** What a record remembers. What cannot be read, of a later version, counts as forgotten up to there. */
export function outcomesOf(record: { readonly version: number; readonly outcomes?: unknown }): Outcomes {
  const { outcomes } = record
  if (outcomes === undefined) return none
  return isOutcomes(outcomes) ? outcomes : { last: [], forgotten: record.version }
}

export function remembered(outcomes: Outcomes, id: string): RememberedOperation | undefined {
  return outcomes.last.find((one) => one.id === id)
}

/** With these as well, and the oldest forgotten where they are too many or too long. Pure. */
export function rememberAlso(outcomes: Outcomes, added: readonly RememberedOperation[]): Outcomes {
  const last = [...outcomes.last, ...added]
  let chars = last.reduce((sum, one) => sum + canonicalText(one).length, 0)
  let { forgotten } = outcomes
  while (last.length > operationsMax || chars > outcomesMaxChars) {
    const oldest = last.shift()!
    chars -= canonicalText(oldest).length
    forgotten = Math.max(forgotten, oldest.version)
  }
  return { ...outcomes, last, forgotten }
}

function isOutcomes(value: unknown): value is Outcomes {
  if (typeof value !== 'object' || value === null) return false
  const { last, forgotten } = value as Partial<Record<keyof Outcomes, unknown>>
  return Number.isSafeInteger(forgotten) && Array.isArray(last) && last.length <= operationsMax && last.every(isEntry)
}

function isEntry(value: unknown): value is RememberedOperation {
  if (typeof value !== 'object' || value === null) return false
  const { id, digest, version } = value as Partial<Record<keyof RememberedOperation, unknown>>
  return typeof id === 'string' && Number.isSafeInteger(digest) && Number.isSafeInteger(version)
}
