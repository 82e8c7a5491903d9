import { globalSection } from './global-section.ts'
import type { AnySection } from './section.ts'
import { serverSection } from './server-section.ts'
import { slaveSection } from './slave-section.ts'

/** Sections that Ring's packages read, and which of them; a process that does not load it says so. */
export const sectionReaders: ReadonlyMap<string, string> = new Map([
  ['RING', '@ring/node'],
  ['MULTISCHED', '@ring/scheduler'],
  ['WATCHDOG', '@ring/watchdog-ipc'],
  ['SHAREDCONTEXT', '@ring/shared-context'],
])

/**
 * The configuration's own sections, which hold the nodes and what is common to them, before those of other packages.
 *
 * @throws RangeError for two of one name
 */
export function allSections(others: readonly AnySection[]): readonly AnySection[] {
  const all = [globalSection, serverSection, slaveSection, ...others]
  const names = new Set<string>()
  for (const { name } of all) {
    if (names.has(name)) throw new RangeError(`two sections are called [${name}]: each is defined once`)
    names.add(name)
  }
  return all
}
