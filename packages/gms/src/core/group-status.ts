import type { NodeName } from '@ring/platform'
import { type GmsContext, isLarge, probed } from './context.ts'
import type { GroupStatus, Obstacle } from './effects.ts'

export type MemberStatus = Extract<GroupStatus, { phase: 'member' }>

/**
 * What a member says of its group: without a quorum of voters that it counts on it keeps the last view and says who is
 * missing. `refused` is the register's word that no quorum answered. `primary` is said under a lease only (rule M7), and
 * as long as it lasts: nobody else can go on without this node before it has ended. In between a node says neither.
 */
export function memberStatus(
  context: GmsContext,
  isMissing: (name: NodeName) => boolean,
  { refused, holdsLease, obstacle }: { refused: boolean; holdsLease: boolean; obstacle: Obstacle | undefined },
): MemberStatus {
  const { record, quorum, self, rules } = context
  const voters = record?.voters ?? []
  const missing = voters.map(({ name }) => name).filter((name) => name !== self.name && isMissing(name))
  const present = voters.length - missing.length
  const first = voters[0]?.name
  const half = 2 * present === voters.length && first !== undefined && !missing.includes(first)
  const reachable = 2 * present > voters.length || half
  const more = { missing, ...(obstacle && { obstacle }) }
  if (quorum === 'none') return { phase: 'member', primary: false, nonPrimary: false, ...more }
  // In a large group one that is no voter hears of few others.
  const subjects = isLarge(context) ? probed(context) : []
  const isAlone = subjects.length > 0 && subjects.every(({ name }) => isMissing(name))
  const nonPrimary = refused || !reachable || isAlone
  if (rules.primaryNeedsLease ? holdsLease : !nonPrimary)
    return { phase: 'member', primary: true, nonPrimary: false, ...more }
  return { phase: 'member', primary: false, nonPrimary, ...more }
}
