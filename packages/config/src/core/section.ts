import type { ConversionContext, Field } from './field.ts'
import { type Location, mask } from './issue.ts'
import type { Finding, Journal } from './journal.ts'
import type { RawEntry, RawSection, RawValue } from './raw.ts'
import { suggestion } from './spelling.ts'

// The type parameter must accept a Field of anything, and `unknown` would lose `undefined` in optional fields.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type SectionFields = Readonly<Record<string, Field<any>>>

/** The typed values of a section: one property for each field. */
export type SectionValues<Fields extends SectionFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends Field<infer Value> ? Value : never
}

/** A section that a package defines; `Repeats` tells whether it may stand in the file more than once. */
export interface Section<Fields extends SectionFields, Repeats extends boolean = boolean> {
  readonly name: string
  readonly fields: Fields
  readonly repeats: Repeats
  /** One sentence on what the section is for. */
  readonly doc: string
}

/** A section of any fields, as the loader takes it. */
export type AnySection = Section<SectionFields>

export interface SectionOptions<Repeats extends boolean> {
  readonly repeats?: Repeats
  readonly doc?: string
}

/**
 * Defines a section. A property's key in the file is its name in upper case (`stateDir` is `STATEDIR`), or the field's
 * own `key`.
 */
export function defineSection<const Fields extends SectionFields, const Repeats extends boolean = false>(
  name: string,
  fields: Fields,
  options: SectionOptions<Repeats> = {},
): Section<Fields, Repeats> {
  const { repeats = false as Repeats, doc = '' } = options
  return Object.freeze({ name, fields: Object.freeze({ ...fields }), repeats, doc })
}

/** A property's key in the file. */
export const keyOf = (property: string, field: Field<unknown>): string => field.key ?? property.toUpperCase()

/** A path that the loader must find. */
export interface ExpectedPath {
  readonly path: string
  readonly finding: Omit<Finding, 'rule'>
}

/** One occurrence of a section after conversion; a value that was missing or wrong is not in `values`. */
export interface ReadSection<Fields extends SectionFields> {
  readonly values: Partial<SectionValues<Fields>>
  /** What the file itself says about a property, without defaults: its place, for a message about it. */
  readonly written: (property: keyof Fields & string) => Omit<Finding, 'rule'> | undefined
  /** The place of the section as a whole. */
  readonly whole: Omit<Finding, 'rule'>
  readonly expectedPaths: readonly ExpectedPath[]
}

interface Known {
  readonly property: string
  readonly field: Field<unknown>
}

function knownKeys(section: AnySection): ReadonlyMap<string, Known> {
  return new Map(
    Object.entries(section.fields).map(([property, field]) => [keyOf(property, field), { property, field }]),
  )
}

const chmpxOnly = new Map([['INCLUDE', 'is ignored: a configuration is one file (CHMPX does not follow it either)']])

/** Finds the entry that holds for each key (the last one) and warns about the rest. */
function effectiveEntries(
  section: AnySection,
  raw: RawSection,
  ignoresCase: boolean,
  journal: Journal,
): ReadonlyMap<string, RawEntry> {
  const known = knownKeys(section)
  const entries = new Map<string, RawEntry>()
  for (const entry of raw.entries) {
    const key = ignoresCase ? entry.key.toUpperCase() : entry.key
    const subject = { ...entry.at, section: section.name, key: entry.key }
    const property = known.get(key)?.property
    if (property === undefined) {
      if (journal.full) continue
      const rule = chmpxOnly.get(key) ?? `is not a key of this section and is ignored${suggestion(key, known.keys())}`
      // Without its value: a misspelt key may be that of a secret.
      journal.warn({ ...subject, rule })
      continue
    }
    if (entries.has(property)) journal.warn({ ...subject, rule: 'is given more than once; the last one holds' })
    entries.set(property, entry)
  }
  return entries
}

const shownValue = (raw: RawValue) => (typeof raw === 'object' ? raw.join(', ') : (raw ?? ''))

function subjectOf(section: string, key: string, field: Field<unknown>, entry: RawEntry): Omit<Finding, 'rule'> {
  return { ...entry.at, section, key, value: field.secret ? mask : shownValue(entry.value) }
}

/** Converts one occurrence of a section; every mistake goes to the journal. */
export function readSection<Fields extends SectionFields>(
  section: Section<Fields>,
  raw: RawSection,
  ignoresCase: boolean,
  context: ConversionContext,
  journal: Journal,
): ReadSection<Fields> {
  const entries = effectiveEntries(section, raw, ignoresCase, journal)
  const whole = { ...raw.at, section: section.name }
  const values: [string, unknown][] = []
  const written = new Map<string, Omit<Finding, 'rule'>>()
  const expectedPaths: ExpectedPath[] = []
  for (const [property, field] of Object.entries<Field<unknown>>(section.fields)) {
    const key = keyOf(property, field)
    const entry = entries.get(property)
    const converted = entry?.value === undefined ? undefined : field.convert(entry.value, context)
    if (entry !== undefined && converted?.kind === 'broken') {
      journal.error({ ...subjectOf(section.name, key, field, entry), rule: converted.rule })
    } else if (entry !== undefined && converted?.kind === 'value') {
      const subject = subjectOf(section.name, key, field, entry)
      values.push([property, converted.value])
      written.set(property, subject)
      if (field.mustExist) expectedPaths.push({ path: converted.value as string, finding: subject })
    } else if (field.presence.kind === 'required') {
      journal.error({ ...whole, ...entry?.at, key, rule: 'is required' })
    } else values.push([property, field.presence.kind === 'default' ? field.presence.value : undefined])
  }
  return {
    values: Object.fromEntries(values) as Partial<SectionValues<Fields>>,
    written: (property) => written.get(property),
    whole,
    expectedPaths,
  }
}

/** Several occurrences of a section that may stand only once count as one; later keys win, with a warning. */
export function joined(section: AnySection, occurrences: readonly RawSection[], journal: Journal): RawSection {
  const [first, ...others] = occurrences
  if (first === undefined) return { name: section.name, at: {} satisfies Location, entries: [] }
  for (const other of others) {
    journal.warn({ ...other.at, section: section.name, rule: 'is given more than once; its keys are joined' })
  }
  return { ...first, entries: occurrences.flatMap(({ entries }) => entries) }
}
