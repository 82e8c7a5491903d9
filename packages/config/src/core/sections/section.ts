import type { SectionPart } from '../assembly.ts'
import { mask } from '../issue.ts'
import type { Finding, Journal } from '../journal.ts'
import type { Place, RawEntry, RawValue } from '../text/raw.ts'
import { suggestion } from '../text/spelling.ts'
import type { ConversionContext, Field } from './field.ts'

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
  /** Whether these values say how servers are found, so that [SVRNODE] may be absent. */
  replacesServers(values: SectionValues<Fields>): boolean
}

/** A section of any fields, as the loader takes it. */
export type AnySection = Section<SectionFields>

export interface SectionOptions<Repeats extends boolean, Fields extends SectionFields = SectionFields> {
  readonly repeats?: Repeats
  readonly doc?: string
  /** Whether these values say how servers are found, so that [SVRNODE] may be absent. Never, when not given. */
  readonly replacesServers?: (values: SectionValues<Fields>) => boolean
}

/**
 * Defines a section. A property's key in the file is its name in upper case (`stateDir` is `STATEDIR`), or the field's
 * own `key`.
 */
export function defineSection<const Fields extends SectionFields, const Repeats extends boolean = false>(
  name: string,
  fields: Fields,
  options: SectionOptions<Repeats, Fields> = {},
): Section<Fields, Repeats> {
  const { repeats = false as Repeats, doc = '', replacesServers = () => false } = options
  return Object.freeze({ name, fields: Object.freeze({ ...fields }), repeats, doc, replacesServers })
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

/** One occurrence of a section, put together from its parts. */
export interface WholeSection {
  readonly at: Place
  readonly entries: readonly RawEntry[]
}

/** The entry that holds for each property: the last one. */
export function effectiveEntries(
  section: AnySection,
  whole: WholeSection,
  journal: Journal,
): ReadonlyMap<string, RawEntry> {
  const known = knownKeys(section)
  const entries = new Map<string, RawEntry>()
  for (const entry of whole.entries) {
    const subject = { ...entry.at, section: section.name, key: entry.key }
    const property = known.get(entry.id)?.property
    if (property === undefined) {
      if (journal.full) continue
      const rule = `is not a key of this section and is ignored${suggestion(entry.id, known.keys())}`
      // Without its value: a misspelt key may be that of a secret.
      journal.warn({ ...subject, rule })
      continue
    }
    if (entry.fault !== undefined) journal.error({ ...subject, ...entry.fault.at, rule: entry.fault.rule })
    // To say otherwise than an included file is what INCLUDE is for.
    const again = entries.get(property)?.source === entry.source
    if (again) journal.warn({ ...subject, rule: 'is given more than once; the last one holds' })
    entries.set(property, entry)
  }
  return entries
}

const shownValue = (raw: RawValue) => (typeof raw === 'object' ? raw.join(', ') : (raw ?? ''))

function subjectOf(section: string, key: string, field: Field<unknown>, entry: RawEntry): Omit<Finding, 'rule'> {
  return { ...entry.at, section, key, value: field.secret ? mask : shownValue(entry.value) }
}

/** As {@link ConversionContext}, for all sections of a configuration. */
export interface ReadingContext {
  readonly resolvePath: (path: string, directory: string) => string
  readonly takeHosts: (count: number) => boolean
}

/** Converts one occurrence of a section; every mistake goes to the journal. */
export function readSection<Fields extends SectionFields>(
  section: Section<Fields>,
  raw: WholeSection,
  { resolvePath, takeHosts }: ReadingContext,
  journal: Journal,
): ReadSection<Fields> {
  const entries = effectiveEntries(section, raw, journal)
  const whole = { ...raw.at, section: section.name }
  const values: [string, unknown][] = []
  const written = new Map<string, Omit<Finding, 'rule'>>()
  const expectedPaths: ExpectedPath[] = []
  for (const [property, field] of Object.entries<Field<unknown>>(section.fields)) {
    const key = keyOf(property, field)
    const entry = entries.get(property)
    const directory = entry?.source.directory ?? ''
    const context: ConversionContext = { resolvePath: (path) => resolvePath(path, directory), takeHosts }
    const converted = entry?.value === undefined ? undefined : field.convert(entry.value, context)
    if (
      section.repeats &&
      field.kind === 'port' &&
      entry !== undefined &&
      entry.value === undefined &&
      entry.fault === undefined
    ) {
      journal.warn({ ...entry.at, section: section.name, key, rule: 'is empty and counts as not given; CHMPX reads 0' })
    }
    if (entry !== undefined && converted?.kind === 'broken') {
      journal.error({ ...subjectOf(section.name, key, field, entry), rule: converted.rule })
    } else if (entry !== undefined && converted?.kind === 'value') {
      const subject = subjectOf(section.name, key, field, entry)
      if (converted.remark !== undefined) journal.warn({ ...subject, rule: converted.remark })
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

/** The occurrences of a section that may repeat, each with its parts in one. */
export function occurrences(parts: readonly SectionPart[]): readonly WholeSection[] {
  const groups = new Map<number, { readonly at: Place; readonly entries: RawEntry[] }>()
  for (const { group, at, entries } of parts) {
    const whole = groups.get(group)
    if (whole === undefined) groups.set(group, { at, entries: [...entries] })
    else whole.entries.push(...entries)
  }
  return [...groups.values()]
}

/** All occurrences of a section that may stand only once count as one; keys that come later win. */
export function joined(section: AnySection, parts: readonly SectionPart[], journal: Journal): WholeSection {
  const seen = new Map<SectionPart['source'], number>()
  for (const { source, group, at } of parts) {
    const first = seen.get(source)
    if (first === undefined) seen.set(source, group)
    else if (first !== group) {
      seen.set(source, group)
      journal.warn({ ...at, section: section.name, rule: 'is given more than once; its keys are joined' })
    }
  }
  return { at: parts[0]?.at ?? {}, entries: parts.flatMap(({ entries }) => entries) }
}
