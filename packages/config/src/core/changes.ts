import type { Configuration } from './configuration.ts'
import { occurrencesOf } from './effective.ts'
import type { Field } from './field.ts'
import { globalSection } from './global-section.ts'
import { type NodeKey, serverKeys, slaveKeys } from './node-keys.ts'
import { type AnySection, keyOf } from './section.ts'
import { serverSection } from './server-section.ts'
import { slaveSection } from './slave-section.ts'

/** A key whose value is another one. */
export interface ConfigurationChange {
  readonly section: string
  readonly key: string
  /** Whether a running process takes it; otherwise it needs a restart. */
  readonly live: boolean
}

const differ = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other)

/**
 * What differs between two configurations, key by key, without the values. A server or slave that is new or gone is a
 * change of NAME. Both must have been loaded with these `sections`.
 */
export function configurationChanges(
  before: Configuration,
  after: Configuration,
  sections: readonly AnySection[] = [],
): readonly ConfigurationChange[] {
  return [
    ...ofValues(globalSection, [before.global], [after.global]),
    ...ofNodes(serverSection, serverKeys, before.servers, after.servers, ({ name }) => name),
    ...ofNodes(slaveSection, slaveKeys, before.slaves, after.slaves, ({ pattern }) => pattern),
    ...sections.flatMap((section) => ofValues(section, occurrencesOf(before, section), occurrencesOf(after, section))),
  ]
}

type Values = readonly Readonly<Record<string, unknown>>[]

function ofValues(section: AnySection, before: Values, after: Values): readonly ConfigurationChange[] {
  return Object.entries<Field<unknown>>(section.fields).flatMap(([property, field]) => {
    const column = (all: Values) => all.map((values) => values[property] ?? null)
    return differ(column(before), column(after))
      ? [{ section: section.name, key: keyOf(property, field), live: field.live }]
      : []
  })
}

function ofNodes<Node>(
  section: AnySection,
  keys: readonly NodeKey<Node>[],
  before: readonly Node[],
  after: readonly Node[],
  nameOf: (node: Node) => string,
): readonly ConfigurationChange[] {
  const known = new Map(before.map((node) => [nameOf(node), node]))
  const renamed = differ(before.map(nameOf), after.map(nameOf))
  return keys.flatMap(({ property, key, of }) => {
    const changed = after.some((node) => {
      const old = known.get(nameOf(node))
      return old !== undefined && differ(of(old), of(node))
    })
    const differs = changed || (property === 'name' && renamed)
    return differs ? [{ section: section.name, key, live: section.fields[property]!.live }] : []
  })
}
