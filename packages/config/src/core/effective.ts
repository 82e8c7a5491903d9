import type { Configuration } from './configuration.ts'
import { mask } from './issue.ts'
import type { Field } from './sections/field.ts'
import { globalSection } from './sections/global-section.ts'
import { type NodeKey, serverKeys, slaveKeys } from './sections/node-keys.ts'
import { type AnySection, keyOf, type Section, type SectionFields } from './sections/section.ts'
import { serverSection } from './sections/server-section.ts'
import { slaveSection } from './sections/slave-section.ts'

/** What holds for one key. A secret is shown as `***` in both. */
export interface EffectiveValue {
  readonly key: string
  /** Undefined where there is none. */
  readonly value: unknown
  /** As people write it; empty where there is none. */
  readonly shown: string
}

const ownSections: readonly AnySection[] = [globalSection, serverSection, slaveSection]

/** One occurrence of a section with every key that it may have. */
export interface EffectiveSection {
  readonly section: string
  readonly values: readonly EffectiveValue[]
}

/**
 * Every value that holds, defaults too, in one order whatever form it was read from. Nodes have what [GLOBAL] gives
 * them, and a pattern is the servers that it stands for.
 */
export function effectiveValues(configuration: Configuration): readonly EffectiveSection[] {
  const { global, servers, slaves, sections } = configuration
  const others = sections.filter((section) => !ownSections.includes(section))
  return [
    ofValues(globalSection, global),
    ...servers.map((node) => ofNode(serverSection, serverKeys, node)),
    ...slaves.map((node) => ofNode(slaveSection, slaveKeys, node)),
    ...others.flatMap((section) => occurrencesOf(configuration, section).map((values) => ofValues(section, values))),
  ]
}

/** The values of each occurrence of a section, in a list also where there is only one. */
export function occurrencesOf(
  configuration: Configuration,
  section: AnySection,
): readonly Readonly<Record<string, unknown>>[] {
  const values: unknown = configuration.section(section as Section<SectionFields, false>)
  return (section.repeats ? values : [values]) as readonly Readonly<Record<string, unknown>>[]
}

function ofValues(section: AnySection, values: Readonly<Record<string, unknown>>): EffectiveSection {
  const shown = Object.entries<Field<unknown>>(section.fields).map(([property, field]) =>
    effective(keyOf(property, field), field, values[property]),
  )
  return { section: section.name, values: shown }
}

function ofNode<Node>(section: AnySection, keys: readonly NodeKey<Node>[], node: Node): EffectiveSection {
  const values = keys.map(({ property, key, of }) => effective(key, section.fields[property]!, of(node)))
  return { section: section.name, values }
}

function effective(key: string, field: Field<unknown>, value: unknown): EffectiveValue {
  if (value === undefined || value === null) return { key, value: undefined, shown: '' }
  if (!field.secret) return { key, value, shown: field.show(value) }
  const nothing = Array.isArray(value) && value.length === 0
  return nothing ? { key, value: [], shown: '' } : { key, value: mask, shown: mask }
}
