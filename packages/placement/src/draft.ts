import { finished, keyHash } from './hash.ts'
import { type PartitionTable, rowOf } from './table.ts'

/** A server that can hold partitions. Servers of one zone fail together; without a zone a server is its own. */
export interface PlacedServer {
  readonly name: string
  readonly zone?: string | undefined
}

/**
 * A table while it is being planned. Servers are numbers in the order of their names, so a plan does not depend on the
 * order in which they were given. `rows[p][0]` is the owner; -1 while it has none.
 */
export class Draft {
  readonly names: readonly string[]
  readonly rows: number[][]
  /** What the previous table had, of the servers that remain, the owner first if it remains. */
  readonly before: readonly (readonly number[])[]
  /** The previous owner, or -1. */
  readonly ownersBefore: readonly number[]
  readonly ownerLoad: number[]
  readonly replicaLoad: number[]
  readonly #zones: readonly number[]
  readonly #salts: readonly number[]

  constructor(previous: PartitionTable | undefined, servers: readonly PlacedServer[], partitions: number) {
    const sorted = [...servers].sort((one, other) => (one.name < other.name ? -1 : 1))
    this.names = sorted.map(({ name }) => name)
    const zones = new Map<string, number>()
    this.#zones = sorted.map(({ name, zone }) => {
      const key = zone === undefined ? `server ${name}` : `zone ${zone}`
      if (!zones.has(key)) zones.set(key, zones.size)
      return zones.get(key)!
    })
    this.#salts = this.names.map(keyHash)
    this.ownerLoad = this.names.map(() => 0)
    this.replicaLoad = this.names.map(() => 0)
    const indices = new Map(this.names.map((name, index) => [name, index]))
    const comparable = previous?.strategy === 'ring' && previous.partitions === partitions
    const rows = Array.from({ length: partitions }, (_, partition) =>
      comparable ? rowOf(previous, partition).map((name) => indices.get(name) ?? -1) : [],
    )
    this.ownersBefore = rows.map((row) => row[0] ?? -1)
    this.before = rows.map((row) => row.filter((server) => server >= 0))
    this.rows = rows.map(() => [-1])
  }

  get size(): number {
    return this.names.length
  }

  /** How many of these servers, other than `server` itself, are in its zone. */
  sharers(server: number, row: readonly number[]): number {
    const zone = this.#zones[server]
    let count = 0
    for (const other of row) if (other !== server && other >= 0 && this.#zones[other] === zone) count++
    return count
  }

  /** As {@link sharers}, as if `without` were not in the row. */
  sharersWithout(server: number, row: readonly number[], without: number): number {
    const sameZone = without !== server && this.#zones[without] === this.#zones[server]
    return this.sharers(server, row) - (sameZone ? 1 : 0)
  }

  /**
   * A fixed number for a pair, to settle ties: with the order of names instead, all replicas of one server would lie
   * on its neighbour, which would carry the whole load when it dies.
   */
  tie(partition: number, server: number): number {
    return finished(this.#salts[server]! ^ Math.imul(partition + 1, 0x9e3779b1))
  }

  setOwner(partition: number, server: number): void {
    const row = this.rows[partition]!
    if (row[0]! >= 0) this.ownerLoad[row[0]!]!--
    row[0] = server
    this.ownerLoad[server]!++
  }

  addReplica(partition: number, server: number): void {
    this.rows[partition]!.push(server)
    this.replicaLoad[server]!++
  }

  replaceReplica(partition: number, old: number, server: number): void {
    const row = this.rows[partition]!
    row[row.indexOf(old, 1)] = server
    this.replicaLoad[old]!--
    this.replicaLoad[server]!++
  }
}

/** The least of some numbers by several measures in turn; undefined when there is none. */
export function leastBy<T>(items: Iterable<T>, measure: (item: T) => readonly number[]): T | undefined {
  let best: T | undefined
  let bestMeasure: readonly number[] | undefined
  for (const item of items) {
    const measured = measure(item)
    if (bestMeasure !== undefined && !isLess(measured, bestMeasure)) continue
    best = item
    bestMeasure = measured
  }
  return best
}

/** Compares measures of one length, the first difference decides. */
export function isLess(one: readonly number[], other: readonly number[]): boolean {
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index]) return one[index]! < other[index]!
  }
  return false
}
