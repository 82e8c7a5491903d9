import type { NodeName } from '@ring/platform'
import type { GmsContext } from './context.ts'
import type { GroupStatus, Obstacle } from './effects.ts'

export type MemberStatus = Extract<GroupStatus, { phase: 'member' }>

/**
 * What a member says of its group: without a quorum of voters that it counts on it keeps the last view and says who is
 * missing. `refused` is the register's word that no quorum answered. `primary` is said under a lease only (rule M7), so
 * in between a node says neither.
 */
export function memberStatus(
  context: GmsContext,
  isDoubted: (name: NodeName) => boolean,
  refused: boolean,
  holdsLease: boolean,
  obstacle?: Obstacle,
): MemberStatus {
  const { record, quorum, self, rules } = context
  const voters = record?.voters ?? []
  const missing = voters.map(({ name }) => name).filter((name) => name !== self.name && isDoubted(name))
  const present = voters.length - missing.length
  const first = voters[0]?.name
  const half = 2 * present === voters.length && first !== undefined && !missing.includes(first)
  const reachable = 2 * present > voters.length || half
  const nonPrimary = quorum === 'majority' && (refused || !reachable)
  const primary = quorum === 'majority' && (rules.primaryNeedsLease ? holdsLease : !nonPrimary)
  return { phase: 'member', primary, nonPrimary, missing, ...(obstacle && { obstacle }) }
}
