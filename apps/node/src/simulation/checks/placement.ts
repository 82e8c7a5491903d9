import type { GroupRecord } from '@ring/gms'
import { routingOf } from '@ring/merge'
import { noPartition } from '@ring/messaging/simulation'
import { noServer, type Routing } from '@ring/placement'
import type { NodeName } from '@ring/platform'
import type { World } from '@ring/testkit'
import type { Call, CallBook, Start } from '../call-book.ts'
import { nodes } from '../ring-layout.ts'

/** What a node went by, and from when on: this life, in this lineage. */
interface Standing {
  readonly incarnation: number
  readonly lineage: string
  readonly fromMs: number
}

/** A table as a node had it. */
interface Table {
  readonly routing: Routing
  readonly lineage: string
}

/**
 * D1: a keyed call runs on the first server of its partition, by the table under which it was accepted; on a later one of
 * the row only where each earlier one was down: at a time between the call and the start its life was over or on its way out,
 * or it had gone on in a branch of its own.
 */
export class PlacementCheck {
  readonly #world: World
  readonly #book: CallBook
  readonly #tables = new Map<NodeName, Map<string, Table>>()
  readonly #standings = new Map<NodeName, Standing[]>(nodes.map((name) => [name, []]))
  readonly #incarnationOf: (name: NodeName) => number | undefined

  /** @param incarnationOf the life that a node leads now; undefined while it is down, or about to leave */
  constructor(world: World, book: CallBook, incarnationOf: (name: NodeName) => number | undefined) {
    this.#world = world
    this.#book = book
    this.#incarnationOf = incarnationOf
  }

  /** A node goes by this record. */
  onRecord(name: NodeName, { epoch, version, lineage, ...record }: GroupRecord): void {
    const known = this.#tables.get(name) ?? new Map<string, Table>()
    const routing = routingOf({ ...record, epoch, version, lineage }, () => false)
    this.#tables.set(name, known.set(`${epoch} ${version}`, { routing, lineage }))
    const standings = this.#standings.get(name)!
    const incarnation = this.#incarnationOf(name) ?? 0
    const last = standings.at(-1)
    if (last?.incarnation === incarnation && last.lineage === lineage) return
    standings.push({ incarnation, lineage, fromMs: this.#world.nowMs })
  }

  onStart(call: Call, start: Start): void {
    if (call.kind === 'broadcast' || start.partition === noPartition) return
    const table = this.#tables.get(start.server)?.get(`${start.epoch} ${start.version}`)
    if (!table) return this.#violated(call, start, `under ${start.epoch}/${start.version}, which it never had`)
    const row = rowOf(table.routing, start.partition)
    const place = row.findIndex(({ name }) => name === start.server)
    if (place < 0) this.#violated(call, start, `which is not in the row ${row.map(({ name }) => name).join(' ')}`)
    else if (call.kind !== 'replicate') {
      for (const { name, incarnation } of row.slice(0, place)) {
        if (this.#stoodThere(name as NodeName, incarnation, table.lineage, call.beginMs))
          this.#violated(call, start, `and not at ${name}, which comes before it and lives`)
      }
    }
  }

  /** Whether this was the one life that the node led since then, in this lineage. */
  #stoodThere(name: NodeName, incarnation: number, lineage: string, sinceMs: number): boolean {
    const last = this.#standings.get(name)!.at(-1)
    if (!last || last.fromMs > sinceMs || last.lineage !== lineage) return false
    return last.incarnation === incarnation && this.#incarnationOf(name) === incarnation
  }

  #violated(call: Call, { server }: Start, why: string): void {
    this.#book.violated('D1', `${this.#book.word(call)} started at ${server}, ${why}`)
  }
}

function rowOf({ owners, width, servers }: Routing, partition: number) {
  return [...owners.subarray(partition * width, (partition + 1) * width)]
    .filter((index) => index !== noServer)
    .map((index) => servers[index]!)
}
