import type { View, ViewChange } from './view.ts'

/** The commit in which a part follows or is operated on. */
export interface PartStep {
  /** What it does to the view; all empty where the view stays as it is. */
  readonly change: ViewChange
  /** The view as it is after it. */
  readonly view: View
  /** The version that the record will have. */
  readonly version: number
}

/** What an operation makes of a part. Both are plain data: what MessagePack carries unchanged. */
export interface Applied<Own> {
  readonly own: Own
  /** For the caller, and for whoever repeats the operation; at most {@link outcomeMaxChars} long. */
  readonly outcome: unknown
}

/**
 * One capability's share of the record's state, under its own key (DESIGN section "Parts"). All functions are pure and total:
 * the same input gives the same on every node and in every version that knows the part (rule S3). What a later version put into
 * `own` beside what this one knows is to be kept (rule S1). Parts do not read each other's.
 */
export interface StatePart<Own = unknown> {
  /** Its key in the state, for good: a to z, 0 to 9 and `-`, at most 32 characters. */
  readonly name: string
  /** How long its value may become, in characters of its canonical text (rule S4). */
  readonly maxChars: number
  /** Whether a value is one that this version can act on. Never throws. */
  check(own: unknown): own is Own
  /** Runs in the commit that changes the view (rule M1), and in the first one that has the part. */
  follow(own: Own | undefined, step: PartStep): Own
  /** Runs in the commit that the operation causes. A body that does not fit is an outcome, never an exception. */
  apply(own: Own, body: unknown, step: PartStep): Applied<Own>
}

export const partNamePattern = /^[a-z][a-z0-9-]{0,31}$/
/** What a caller of an operation can be told, in characters of its canonical text. */
export const outcomeMaxChars = 4_096
