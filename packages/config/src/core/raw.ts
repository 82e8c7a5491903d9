import type { Location } from './issue.ts'

/**
 * A value as it stands in the source, before it has a type: its text, a list of texts, or nothing (empty, `null`).
 * YAML and JSON numbers and booleans stay text too, as CHMPX reads them, so that every form meets one conversion.
 */
export type RawValue = string | readonly string[] | undefined

export interface RawEntry {
  readonly key: string
  readonly value: RawValue
  readonly at: Location
}

/** One occurrence of a section. Entries may repeat a key; the reader does not decide which one holds. */
export interface RawSection {
  readonly name: string
  readonly at: Location
  readonly entries: readonly RawEntry[]
}

/** What a reader of one syntax makes of a text. */
export interface RawConfiguration {
  readonly sections: readonly RawSection[]
  /** YAML and JSON find sections and keys whatever their case; INI, as in CHMPX, only in upper case. */
  readonly ignoresCase: boolean
}
