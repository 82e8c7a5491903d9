import type { Location } from '../issue.ts'
import type { Syntax } from './syntax.ts'

/** Where something stands: the file as messages call it, and the place in it. */
export interface Place extends Location {
  readonly file?: string
}

/** One text that takes part in a configuration: the one that was asked for, or one that an INCLUDE names. */
export interface RawSource {
  readonly syntax: Syntax
  /** How messages call it. */
  readonly file: string
  /** What tells it from every other source: its absolute path. */
  readonly identity: string
  /** The directory that its relative paths count from. */
  readonly directory: string
}

/**
 * A value as it stands in the source, before it has a type: its text, a list of texts, or nothing (empty, `null`).
 * YAML and JSON numbers and booleans stay text too, as CHMPX reads them, so that every form meets one conversion.
 */
export type RawValue = string | readonly string[] | undefined

export interface RawEntry {
  /** As it is written. */
  readonly key: string
  /** As it is compared: YAML and JSON find keys whatever their case; INI, as in CHMPX, only in upper case. */
  readonly id: string
  readonly value: RawValue
  /** Why it has no value, where what is written has no shape that a key may have: an error, if the key is known. */
  readonly fault?: Fault
  readonly at: Place
  readonly source: RawSource
}

/** The rule that something written breaks; what nobody knows may break it. */
export interface Fault {
  readonly rule: string
  readonly at: Place
}

/** One occurrence of a section. Entries may repeat a key; the reader does not decide which one holds. */
export interface RawSection {
  readonly name: string
  /** As it is compared; see {@link RawEntry.id}. {@link outside} holds what stands outside of any section. */
  readonly id: string
  readonly at: Place
  readonly source: RawSource
  readonly entries: readonly RawEntry[]
  /** What of it has no shape that a section may have: errors, if the section is known. */
  readonly faults?: readonly Fault[]
}

/** The id of the section that stands for no section: the lines of INI before the first one, the INCLUDE of YAML. */
export const outside = ''

/** The id of a section whose header could not be read. */
export const unreadable = '?'

/** What a reader of one syntax makes of one text, in its order. */
export type RawConfiguration = readonly RawSection[]

/** The key that puts another file in its place, in every form. */
export const includeKey = 'INCLUDE'
