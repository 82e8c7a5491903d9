import { type Draft, leastBy } from './draft.ts'
import { evenOut } from './evening.ts'

/**
 * Gives every partition its replicas: on servers that do not hold it yet, in zones that hold it least, keeping those
 * that hold it now, then evened out until no server has two replicas more than another where zones allow it.
 */
export function planReplicas(draft: Draft, replicas: number): void {
  const wanted = Math.min(replicas, draft.size - 1)
  for (const partition of draft.rows.keys()) keepReplicas(draft, partition, wanted)
  for (const partition of draft.rows.keys()) {
    separateZones(draft, partition)
    fill(draft, partition, wanted)
  }
  if (wanted > 0) evenOut(draft)
}

function keepReplicas(draft: Draft, partition: number, wanted: number): void {
  const row = draft.rows[partition]!
  const formerOwner = draft.ownersBefore[partition]
  const candidates = draft.before[partition]!.filter((server) => server !== row[0])
  while (row.length <= wanted) {
    const rest = candidates.filter((server) => !row.includes(server))
    // A former owner gives way to the replicas: so whoever takes a partition over takes it from one server only.
    const next = leastBy(rest, (server) => [draft.sharers(server, row), server === formerOwner ? 1 : 0])
    if (next === undefined) return
    draft.addReplica(partition, next)
  }
}

function outside(draft: Draft, row: readonly number[]): readonly number[] {
  return [...draft.names.keys()].filter((server) => !row.includes(server))
}

function separateZones(draft: Draft, partition: number): void {
  const row = draft.rows[partition]!
  for (const replica of row.slice(1)) {
    const shared = draft.sharers(replica, row)
    if (shared === 0) continue
    const better = outside(draft, row).filter((server) => draft.sharersWithout(server, row, replica) < shared)
    const chosen = leastBy(better, (server) => [
      draft.sharersWithout(server, row, replica),
      draft.replicaLoad[server]!,
      draft.tie(partition, server),
    ])
    if (chosen !== undefined) draft.replaceReplica(partition, replica, chosen)
  }
}

function fill(draft: Draft, partition: number, wanted: number): void {
  const row = draft.rows[partition]!
  while (row.length <= wanted) {
    const chosen = leastBy(outside(draft, row), (server) => [
      draft.sharers(server, row),
      draft.replicaLoad[server]!,
      draft.tie(partition, server),
    ])
    if (chosen === undefined) return
    draft.addReplica(partition, chosen)
  }
}
