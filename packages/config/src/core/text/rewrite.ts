import { Assembly } from '../assembly.ts'
import { Journal } from '../journal.ts'
import { type ParseInput, type Parsing, Parts } from '../parse.ts'
import type { Field } from '../sections/field.ts'
import { type AnySection, effectiveEntries, keyOf, type WholeSection } from '../sections/section.ts'
import { allSections } from '../sections/section-list.ts'
import { includeKey, type RawEntry } from './raw.ts'
import type { Syntax } from './syntax.ts'
import { type PlainEntry, type PlainSection, writtenAs } from './written-form.ts'

export interface Rewritten {
  readonly text: string
  /** A key whose value is secret stands in the text. */
  readonly secret: boolean
}

/** How the text is to be written. */
export interface Target {
  readonly syntax: Syntax
  /** A path as the text shall name it. */
  readonly placed: (written: string, absolute: string) => string
}

/**
 * Writes a valid configuration in another syntax: what it includes in its place, for each key the value that holds,
 * values as they were written. Comments are lost. What this process does not know is kept, unless the new syntax,
 * which may find keys in any case, would know it.
 */
export function* rewriting(input: ParseInput, target: Target): Parsing<Rewritten> {
  const journal = new Journal(input.main.source.file)
  const parts = new Parts(yield* new Assembly(journal).assembled(input.main), journal)
  return new Rewriting(input, target, journal).all(parts)
}

class Rewriting {
  readonly #input: ParseInput
  readonly #target: Target
  readonly #journal: Journal
  #secret = false

  constructor(input: ParseInput, target: Target, journal: Journal) {
    this.#input = input
    this.#target = target
    this.#journal = journal
  }

  all(parts: Parts): Rewritten {
    const known = allSections(this.#input.sections)
    const names = new Set([...known.map(({ name }) => name), includeKey])
    const sections = [
      ...known.flatMap((section) => parts.of(section).flatMap((whole) => this.#known(section, whole))),
      ...parts
        .unknownWholes(known)
        .flatMap(({ id, whole }) => (names.has(id.toUpperCase()) ? [] : [unknown(id, whole)])),
    ]
    return { text: writtenAs(this.#target.syntax, sections), secret: this.#secret }
  }

  #known(section: AnySection, whole: WholeSection): readonly PlainSection[] {
    const effective = effectiveEntries(section, whole, this.#journal)
    const entries = Object.entries<Field<unknown>>(section.fields).flatMap(([property, field]) => {
      const value = this.#value(field, effective.get(property))
      if (value === undefined) return []
      this.#secret ||= field.secret
      const numeric = field.kind === 'port' || field.kind.startsWith('integer')
      return [{ key: keyOf(property, field), value, numeric }]
    })
    const keys = new Set([
      ...Object.entries<Field<unknown>>(section.fields).map(([name, field]) => keyOf(name, field)),
      includeKey,
    ])
    const others = plainEntries(whole.entries.filter(({ id }) => !keys.has(id.toUpperCase())))
    const all = [...entries, ...others]
    return all.length === 0 && !section.repeats ? [] : [{ name: section.name, repeats: section.repeats, entries: all }]
  }

  #value(field: Field<unknown>, entry: RawEntry | undefined): PlainEntry['value'] | undefined {
    const value = entry?.value
    if (entry === undefined || value === undefined) return undefined
    if (typeof value !== 'string') return field.kind === 'host names' ? value.join(', ') : value
    const text = value.trim()
    if (text === '') return undefined
    if (field.kind !== 'path' || text.toUpperCase() === 'NULL') return text
    return this.#target.placed(text, this.#input.resolvePath(text, entry.source.directory))
  }
}

function unknown(name: string, whole: WholeSection): PlainSection {
  return { name, repeats: false, entries: plainEntries(whole.entries) }
}

/** The last of each key holds. */
function plainEntries(entries: readonly RawEntry[]): readonly PlainEntry[] {
  const last = new Map(entries.map((entry) => [entry.id, entry]))
  return [...last.values()].flatMap(({ id, value }) =>
    value === undefined ? [] : [{ key: id, value, numeric: false }],
  )
}
