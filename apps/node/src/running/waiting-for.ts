import type { GroupStatus } from '@ring/gms'
import type { NodeStatus } from '../operator/node-status.ts'

/** What keeps a node from being ready. */
export interface Waiting {
  /** Names of nodes; may be none where it is not known whom. */
  readonly for: readonly string[]
  readonly text: string
}

/** For whom a node waits, in words; undefined once it is ready or on its way out. Pure. */
export function waitingFor(
  { group, delivery, ready }: Pick<NodeStatus, 'group' | 'delivery' | 'ready'>,
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
    case 'undialable':
      return undialable(group)
    case 'name-taken':
      return nameTaken(group.at)
    case 'member':
      return memberWaits(group, delivery, servers)
    case 'leaving':
    case 'left':
      return undefined
  }
}

type MemberStatus = Extract<GroupStatus, { readonly phase: 'member' }>
type Obstacle = NonNullable<MemberStatus['obstacle']>

function memberWaits(
  { obstacle, missing, nonPrimary }: MemberStatus,
  delivery: NodeStatus['delivery'],
  servers: readonly string[],
): Waiting {
  if (obstacle) return obstacleText(obstacle)
  if (nonPrimary && missing.length > 0) return { for: missing, text: `waiting for ${listed(missing, servers)}` }
  switch (delivery) {
    case 'unconfirmed':
      return { for: [], text: 'it stood still: waiting for a member to say that it is still wanted' }
    case 'no-quorum':
      return { for: [], text: 'waiting for a quorum of the voters' }
    case 'expelled':
      return { for: [], text: 'it was expelled: waiting to be let in again' }
    case 'open':
    case 'stopping':
      return { for: [], text: 'waiting for a server that takes requests' }
  }
}

function obstacleText(obstacle: Obstacle): Waiting {
  switch (obstacle.kind) {
    case 'cannot-vote':
      return { for: [], text: 'it cannot vote: waiting until its state directory can be written' }
    case 'undialable':
      return undialable(obstacle)
    case 'name-taken':
      return nameTaken(obstacle.at)
  }
}

function undialable({ by, address }: { readonly by: string; readonly address: string }): Waiting {
  return { for: [by], text: `waiting to be dialled at ${address}, where ${by} cannot reach it` }
}

function nameTaken(at: string): Waiting {
  return { for: [], text: `another node of this name is at ${at}: waiting until it is gone` }
}

/** Of how many, where all of them are servers of the configuration. */
function listed(names: readonly string[], servers: readonly string[]): string {
  const known = names.every((name) => servers.includes(name))
  return known ? `${names.length} of ${servers.length} servers: ${names.join(', ')}` : names.join(', ')
}
