import type { RoutedServer, Routing } from '@ring/placement'

/** Fan-outs of a program of which a part is to come again, at a time; of what goes beyond it that part cannot be sent any more. */
const atMost = 4_096

/** A REPLICATE that may have to follow its partition: whom it was sent to, and who of these answered that the partition moved. */
export interface FollowedFanOut {
  readonly requestId: number
  /** The servers of the routing in which places count. */
  readonly routed: readonly RoutedServer[]
  readonly places: readonly number[]
  readonly moved: Set<number>
  /** The servers that have had it before. */
  readonly before: ReadonlySet<string>
}

/**
 * Which servers have had a REPLICATE whose partition moved while it was out, or may have. Its origin sends the rest of it in its turn,
 * under the same request id, when the newer routing is here: to the servers of the new row that are not among these. So nobody is
 * asked twice, in another life neither: what became of it there has been said. A server that answered MOVED has certainly not had it.
 */
export class FollowedFanOuts {
  /** Names, by request id. */
  private readonly had = new Map<number, ReadonlySet<string>>()

  /** Who has had it; `undefined` when that is not known. */
  of(requestId: number): ReadonlySet<string> | undefined {
    return this.had.get(requestId)
  }

  /** All its members have answered: keeps who has had it, if a part of it is to come again. */
  settle({ requestId, routed, places, moved, before }: FollowedFanOut): void {
    this.had.delete(requestId)
    if (moved.size === 0) return
    const had = new Set(before)
    for (const place of places) if (!moved.has(place)) had.add(routed[place]!.name)
    if (this.had.size >= atMost) this.had.delete(this.had.keys().next().value!)
    this.had.set(requestId, had)
  }
}

/** Those of a row that have not had it, by their places. */
export function placesLeft(routing: Routing, row: readonly number[], had: ReadonlySet<string>): number[] {
  return had.size === 0 ? [...row] : row.filter((place) => !had.has(routing.servers[place]!.name))
}
