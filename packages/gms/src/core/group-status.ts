import type { NodeName } from '@ring/platform'
import type { GmsContext } from './context.ts'
import type { GroupStatus } from './effects.ts'

/**
 * What a member says of its group: without a quorum of voters that it counts on it keeps the last view and says who is
 * missing. `refused` is the register's word that no quorum answered.
 */
export function memberStatus(
  context: GmsContext,
  isDoubted: (name: NodeName) => boolean,
  refused: boolean,
): GroupStatus {
  const { record, quorum, self } = context
  const voters = record?.voters ?? []
  const missing = voters.map(({ name }) => name).filter((name) => name !== self.name && isDoubted(name))
  const present = voters.length - missing.length
  const first = voters[0]?.name
  const half = 2 * present === voters.length && first !== undefined && !missing.includes(first)
  const reachable = 2 * present > voters.length || half
  return { phase: 'member', nonPrimary: quorum === 'majority' && (refused || !reachable), missing }
}
