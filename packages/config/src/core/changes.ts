import type { Configuration } from './configuration.ts'
import { occurrencesOf } from './effective.ts'
import { globalSection } from './sections/global-section.ts'
import { type AnySection, keyOf } from './sections/section.ts'
import { serverSection } from './sections/server-section.ts'
import { slaveSection } from './sections/slave-section.ts'

/** A key whose value is another one now. */
export interface ConfigurationKeyChange {
  readonly section: string
  /** As it stands in the file. */
  readonly key: string
  /** The name of the value in the section's values. */
  readonly property: string
  /** A running process takes it over. */
  readonly live: boolean
}

/**
 * What has changed in [GLOBAL] and in each section of other packages that both were read with, key by key. The nodes are
 * compared by who they are: that is for the caller. Pure.
 */
export function configurationChanges(before: Configuration, after: Configuration): readonly ConfigurationKeyChange[] {
  const common = after.sections.filter((section) => before.sections.includes(section) && !isOfNodes(section))
  return common.flatMap((section) => changesOf(section, valuesIn(before, section), valuesIn(after, section)))
}

const isOfNodes = (section: AnySection) => section.name === serverSection.name || section.name === slaveSection.name

type Values = Readonly<Record<string, unknown>>

function valuesIn(configuration: Configuration, section: AnySection): readonly Values[] {
  if (section.name === globalSection.name) return [configuration.global]
  return occurrencesOf(configuration, section)
}

/** Occurrences are compared in their order; one that came or went changes each of its keys. */
function changesOf(
  section: AnySection,
  before: readonly Values[],
  after: readonly Values[],
): readonly ConfigurationKeyChange[] {
  return Object.entries(section.fields).flatMap(([property, field]) => {
    const all = (occurrences: readonly Values[]) => JSON.stringify(occurrences.map((values) => values[property]))
    if (all(before) === all(after)) return []
    return [{ section: section.name, key: keyOf(property, field), property, live: field.live }]
  })
}
