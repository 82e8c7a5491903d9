import type { NodeStatus } from './node-status.ts'

/** What keeps a node from being ready. */
export interface Waiting {
  /** Names of nodes; may be none where it is not known whom. */
  readonly for: readonly string[]
  readonly text: string
}

/** For whom a node waits, in words; undefined once it is ready or on its way out. Pure. */
export function waitingFor(
  { group, ready }: Pick<NodeStatus, 'group' | 'ready'>,
  servers: readonly string[],
): Waiting | undefined {
  if (ready) return undefined
  switch (group.phase) {
    case 'discovering':
      if (group.waitingFor.length === 0) return { for: [], text: 'waiting for an answer of another node' }
      return { for: group.waitingFor, text: `waiting for ${listed(group.waitingFor, servers)}` }
    case 'joining':
      return { for: [group.coordinator], text: `waiting for the coordinator ${group.coordinator} to let it in` }
    case 'barred':
      return { for: [group.by], text: `barred by ${group.by}: waiting to be admitted` }
    case 'member':
      if (group.missing.length > 0) return { for: group.missing, text: `waiting for ${listed(group.missing, servers)}` }
      return { for: [], text: 'waiting for a server that takes requests' }
    case 'leaving':
    case 'left':
      return undefined
  }
}

/** Of how many, where all of them are servers of the configuration. */
function listed(names: readonly string[], servers: readonly string[]): string {
  const known = names.every((name) => servers.includes(name))
  return known ? `${names.length} of ${servers.length} servers: ${names.join(', ')}` : names.join(', ')
}
