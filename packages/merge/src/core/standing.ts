import { type Answer, groupSize } from '@ring/discovery'
import type { Standing } from './message.ts'

type MemberStanding = Extract<Answer['standing'], { kind: 'member' }>

export function standingOf(standing: MemberStanding): Standing {
  const { lineage, version, coordinator } = standing
  return { lineage, version, size: groupSize(standing), coordinator: coordinator.name }
}

/** Who leads a merge: more members, then the higher version, then the smaller coordinator's name. The same on both sides. */
export function hasPrecedence(one: Standing, other: Standing): boolean {
  if (one.size !== other.size) return one.size > other.size
  if (one.version !== other.version) return one.version > other.version
  return one.coordinator < other.coordinator
}
