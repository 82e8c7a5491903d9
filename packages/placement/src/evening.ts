import type { Draft } from './draft.ts'

/** A replica that could go from one server to another. */
interface Step {
  readonly partition: number
  readonly from: number
  readonly to: number
}

/** `free`: only replicas that this plan placed itself, which are nowhere yet. `any`: those that have to be copied too. */
type Allowed = 'free' | 'any'

/**
 * Takes replicas from the servers that have most to those that have least, through others where there is no direct way,
 * until no server has two more than another or zones leave no way. What costs no copy is tried first.
 */
export function evenOut(draft: Draft): void {
  const evening = new Evening(draft)
  evening.run('free')
  evening.run('any')
}

class Evening {
  readonly #draft: Draft
  readonly #held: readonly Set<number>[]
  /** Those of `#held` that the server did not have before. */
  readonly #placed: readonly Set<number>[]

  constructor(draft: Draft) {
    this.#draft = draft
    this.#held = draft.names.map(() => new Set())
    this.#placed = draft.names.map(() => new Set())
    for (const [partition, row] of draft.rows.entries()) {
      for (const server of row.slice(1)) this.#take(partition, server)
    }
  }

  /** Every path lowers the sum of the squared loads, so this ends. */
  run(allowed: Allowed): void {
    let relieved = true
    while (relieved) {
      relieved = false
      const stuck = new Set<number>()
      // Always the heaviest: one that gave until it is among the lightest would have to be given back to.
      for (let server = this.#heaviest(stuck); server !== undefined; server = this.#heaviest(stuck)) {
        if (this.#relieve(server, allowed)) relieved = true
        else stuck.add(server)
      }
    }
  }

  /** The server with most replicas that is not stuck, if there is one with two less than it. */
  #heaviest(stuck: ReadonlySet<number>): number | undefined {
    const { replicaLoad } = this.#draft
    let heaviest: number | undefined
    let least = Number.POSITIVE_INFINITY
    for (const [server, load] of replicaLoad.entries()) {
      least = Math.min(least, load)
      if (stuck.has(server)) continue
      if (heaviest === undefined || load > replicaLoad[heaviest]!) heaviest = server
    }
    return heaviest !== undefined && replicaLoad[heaviest]! > least + 1 ? heaviest : undefined
  }

  #byLoad(): readonly number[] {
    const { replicaLoad, names } = this.#draft
    return [...names.keys()].sort((one, other) => replicaLoad[one]! - replicaLoad[other]! || one - other)
  }

  #relieve(server: number, allowed: Allowed): boolean {
    const path = this.#pathFrom(server, allowed)
    for (const { partition, from, to } of path) {
      this.#draft.replaceReplica(partition, from, to)
      this.#held[from]!.delete(partition)
      this.#placed[from]!.delete(partition)
      this.#take(partition, to)
    }
    return path.length > 0
  }

  #take(partition: number, server: number): void {
    this.#held[server]!.add(partition)
    if (!this.#draft.before[partition]!.includes(server)) this.#placed[server]!.add(partition)
  }

  /** The shortest way from a server to one with at least two replicas less; empty when there is none. */
  #pathFrom(start: number, allowed: Allowed): readonly Step[] {
    const { replicaLoad } = this.#draft
    const lightestFirst = this.#byLoad()
    const reached = new Map<number, Step | undefined>([[start, undefined]])
    // The map grows while it is walked: first come, first walked, which is breadth first.
    for (const from of reached.keys()) {
      for (const to of lightestFirst) {
        if (reached.has(to)) continue
        const step = this.#cheapest(from, to, allowed)
        if (step === undefined) continue
        if (replicaLoad[to]! < replicaLoad[start]! - 1) return traced(step, reached)
        reached.set(to, step)
      }
    }
    return []
  }

  /** Of the replicas that one server could hand to another, the one that costs the fewest copies. */
  #cheapest(from: number, to: number, allowed: Allowed): Step | undefined {
    let best: Step | undefined
    let bestMeasure = Number.POSITIVE_INFINITY
    for (const partition of (allowed === 'free' ? this.#placed : this.#held)[from]!) {
      if (!this.#fits(partition, from, to)) continue
      const before = this.#draft.before[partition]!
      const copies = Number(before.includes(from)) - Number(before.includes(to))
      const measure = copies * 0x1_0000_0000 + this.#draft.tie(partition, to)
      if (measure >= bestMeasure) continue
      best = { partition, from, to }
      bestMeasure = measure
    }
    return best
  }

  #fits(partition: number, from: number, to: number): boolean {
    const row = this.#draft.rows[partition]!
    if (row.includes(to)) return false
    return this.#draft.sharersWithout(to, row, from) <= this.#draft.sharers(from, row)
  }
}

/** The steps that lead to the last one; empty when two are in one row, being right alone but perhaps not together. */
function traced(last: Step, reached: ReadonlyMap<number, Step | undefined>): readonly Step[] {
  const path: Step[] = []
  const partitions = new Set<number>()
  for (let step: Step | undefined = last; step !== undefined; step = reached.get(step.from)) {
    if (partitions.has(step.partition)) return []
    partitions.add(step.partition)
    path.push(step)
  }
  return path
}
