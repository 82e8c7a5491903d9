import type { SimulatedGroup } from './simulated-group.ts'

/** One version of a lineage is one view, and a process sees versions of a lineage rise. */
export function checkViews(group: SimulatedGroup, committed: Map<string, string>): void {
  for (const { views } of group.running) {
    const [before, last] = views.slice(-2)
    const newest = last ?? before
    if (!newest) continue
    const key = `${newest.lineage} ${newest.version}`
    const members = newest.view.members.map(({ name, incarnation }) => `${name} ${incarnation}`).join(' ')
    const known = committed.get(key) ?? members
    if (known !== members) throw new Error(`two views for ${key}: ${known} and ${members}`)
    committed.set(key, members)
    if (before && last && before.lineage === last.lineage && before.version >= last.version) {
      throw new Error(`version ${last.version} after ${before.version}`)
    }
  }
}

/** One lineage, and one view for one version, whoever installed it. */
export function checkRecords(group: SimulatedGroup, committed: Map<number, string>): void {
  for (const { views } of group.running) {
    const record = views.at(-1)
    if (!record) continue
    const content = `${record.lineage} ${record.view.members.map(({ name, incarnation }) => `${name} ${incarnation}`).join(' ')}`
    const known = committed.get(record.version) ?? content
    if (known !== content) throw new Error(`two records with version ${record.version}: ${known} and ${content}`)
    committed.set(record.version, content)
  }
}

/**
 * Nobody says `primary` who was taken out of a later view in which somebody says so too (rules M7 and L1). Only processes
 * that run now count: one that sleeps says nothing.
 */
export function checkPrimaries(group: SimulatedGroup): void {
  const primaries = group.servers.flatMap(({ name, isUp, isPaused, process }) =>
    isUp && !isPaused && process?.membership.isPrimary
      ? [{ name, incarnation: process.membership.incarnation, record: process.membership.record! }]
      : [],
  )
  for (const { record: later } of primaries)
    for (const { name, incarnation, record } of primaries) {
      const isIn = later.view.members.some((member) => member.name === name && member.incarnation === incarnation)
      if (record.version < later.version && !isIn)
        throw new Error(`${name} is primary, and so is the later view ${later.version} without it`)
    }
}
