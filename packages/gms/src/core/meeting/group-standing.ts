import { type Answer, groupSize } from '@ring/discovery'
import type { Address, NodeName } from '@ring/platform'

/** How a group stands against others: what the rule of precedence looks at. */
export interface GroupStanding {
  readonly lineage: string
  readonly version: number
  readonly size: number
  readonly coordinator: NodeName
  /** Where the coordinator can be dialled; lives of version 0.3.0 do not say. */
  readonly address?: Address
}

/** The group of a member that answered a look around. */
export function groupStandingOf(standing: Extract<Answer['standing'], { kind: 'member' }>): GroupStanding {
  const { lineage, version, coordinator } = standing
  return { lineage, version, size: groupSize(standing), coordinator: coordinator.name, address: coordinator.address }
}

/**
 * Which of two groups newcomers ask first, and which one the other comes to: more members, then the higher version, then
 * the smaller coordinator's name. The same rule on every node.
 */
export function hasPrecedence(one: GroupStanding, other: GroupStanding): boolean {
  if (one.size !== other.size) return one.size > other.size
  if (one.version !== other.version) return one.version > other.version
  return one.coordinator < other.coordinator
}
