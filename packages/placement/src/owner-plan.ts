import { type Draft, isLess, leastBy } from './draft.ts'

/**
 * Gives every partition an owner, each server the floor or the ceiling of partitions / servers, and takes no more
 * partitions from their owners than that needs: the ceilings go to those who have most already.
 */
export function planOwners(draft: Draft): void {
  const orphans: number[] = []
  for (const [partition, owner] of draft.ownersBefore.entries()) {
    if (owner >= 0) draft.setOwner(partition, owner)
    else orphans.push(partition)
  }
  const targets = targetsOf(draft)
  const room = { draft, targets }
  for (const partition of orphans) draft.setOwner(partition, receiverOf(partition, room))
  for (const donor of draft.names.keys()) shed(donor, room)
}

interface Room {
  readonly draft: Draft
  readonly targets: readonly number[]
}

function targetsOf(draft: Draft): readonly number[] {
  const floor = Math.floor(draft.rows.length / draft.size)
  const ceilings = draft.rows.length % draft.size
  const byLoad = [...draft.names.keys()].sort(
    (one, other) => draft.ownerLoad[other]! - draft.ownerLoad[one]! || one - other,
  )
  const targets = draft.names.map(() => floor)
  for (const server of byLoad.slice(0, ceilings)) targets[server] = floor + 1
  return targets
}

/** What it costs that a server becomes the owner: a copy (none if it holds one already), then copies for zones. */
function costOf(partition: number, server: number, { draft }: Room): readonly [number, number] {
  const held = draft.before[partition]!
  const oldOwner = draft.rows[partition]![0]!
  if (held.includes(server)) return [0, draft.sharers(server, held)]
  return [1, oldOwner < 0 ? draft.sharers(server, held) : draft.sharersWithout(server, held, oldOwner)]
}

function receiverOf(partition: number, room: Room): number {
  const { draft, targets } = room
  const open = [...draft.names.keys()].filter((server) => draft.ownerLoad[server]! < targets[server]!)
  return leastBy(open, (server) => [
    ...costOf(partition, server, room),
    draft.ownerLoad[server]! - targets[server]!,
    draft.tie(partition, server),
  ])!
}

/** Takes from a server what it owns above its target, the cheapest partitions first. */
function shed(donor: number, room: Room): void {
  const { draft, targets } = room
  let surplus = draft.ownerLoad[donor]! - targets[donor]!
  if (surplus <= 0) return
  const offers: { readonly partition: number; readonly measure: readonly number[] }[] = []
  for (const [partition, row] of draft.rows.entries()) {
    if (row[0] !== donor) continue
    const cost = costOf(partition, receiverOf(partition, room), room)
    offers.push({ partition, measure: [...cost, draft.tie(partition, donor)] })
  }
  offers.sort((one, other) => (isLess(one.measure, other.measure) ? -1 : 1))
  for (const { partition } of offers) {
    if (surplus-- === 0) return
    draft.setOwner(partition, receiverOf(partition, room))
  }
}
