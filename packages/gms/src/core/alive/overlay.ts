import type { NodeName } from '@ring/platform'
import { type Member, speaksDeltas, type View } from '../record/view.ts'

/** Up to this many members everybody has a link to everybody; above it, to its neighbours only. */
export const fullMeshMax = 64
/** In so many rings, each in an order of its own, a member stands between two others. */
const rings = 4

/** Whom a member of a large group talks to without a reason of its own. */
export interface Neighbours {
  /** Those whom it probes, one in each ring; each member is probed by as many. */
  readonly subjects: readonly Member[]
  /** These and those who probe it: a view that everybody passes on to them reaches all in a few steps. */
  readonly all: readonly Member[]
}

/** Whether the group is too large for a full mesh, and all of it knows the overlay. */
export function usesOverlay(view: View): boolean {
  return view.members.length > fullMeshMax && view.members.every(({ speaks = 1 }) => speaks >= speaksDeltas)
}

/**
 * The neighbours of a name by the view alone, so that every member comes to the same. Each ring orders the names by
 * another hash; the union of a few such rings is an expander, in which a crash has several observers that share no
 * other trouble, and floods take few steps (Suresh and others, "Stable and Consistent Membership at Scale with Rapid",
 * 2018).
 */
export function neighboursOf(view: View, name: NodeName): Neighbours {
  const subjects = new Set<Member>()
  const all = new Set<Member>()
  for (let ring = 0; ring < rings; ring++) {
    const [before, after] = besides(view.members, name, ring)
    if (after) subjects.add(after)
    if (before) all.add(before)
    if (after) all.add(after)
  }
  return { subjects: [...subjects], all: [...all] }
}

/** Who stands right before and right after a name in one ring; in one pass, without sorting. */
function besides(
  members: readonly Member[],
  name: NodeName,
  ring: number,
): readonly [Member | undefined, Member | undefined] {
  const own = placeOf(name, ring)
  let before: Candidate | undefined
  let after: Candidate | undefined
  for (const member of members) {
    if (member.name === name) continue
    // The way from the own place around the ring, 0 to 2^32.
    const ahead = (placeOf(member.name, ring) - own) >>> 0
    if (!after || ahead < after.ahead || (ahead === after.ahead && member.name < after.member.name))
      after = { member, ahead }
    if (!before || ahead > before.ahead || (ahead === before.ahead && member.name > before.member.name))
      before = { member, ahead }
  }
  return [before?.member, after?.member]
}

interface Candidate {
  readonly member: Member
  readonly ahead: number
}

/** FNV-1a of the name, finished with the mixer of MurmurHash3, with the ring as its seed. */
function placeOf(name: string, ring: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(ring + 1, 0x9e3779b1)
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
