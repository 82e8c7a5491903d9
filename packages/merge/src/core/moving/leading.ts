import type { GroupRecord } from '@ring/gms'
import { rowOf } from '@ring/placement'
import { lacking, movingPartitions, servingOf } from '../service/holdings.ts'
import type { ServiceOperation } from '../service/operation.ts'
import { type Merge, type PlacementState, placementOf, targetOf } from '../service/placement-state.ts'
import { traitsOf } from '../service/service-state.ts'

/** How the lifecycle is led, as the coordinator's configuration says. */
export interface LeadSettings {
  readonly automatic: boolean
  readonly movesData: boolean
  readonly rebalanceDelayMs: number
  /** MERGETIMEOUT; 0 for no limit. */
  readonly mergeTimeoutMs: number
  /** So long requests wait for the end of a merge at most. */
  readonly fenceMs: number
}

/** A life that has said that it closed, or is filled. */
interface Said {
  readonly server: string
  readonly incarnation: number
}

const firstRetryMs = 1_000
const lastRetryMs = 30_000

/**
 * What the one who coordinates sees to: that a merge which has been closed is committed or opened again (rule D4), that one whose
 * fence was opened is tried again, that none takes longer than it may, and that a dead server's place is taken after a while. It
 * acts on the record alone, so whoever coordinates next goes on with it.
 */
export class Leading {
  readonly #settings: LeadSettings
  #record: GroupRecord | undefined
  #isLeading = false
  /** Since when this node knows of the merge, of its closing, of its last opening; and of servers that are down. */
  #mergeSinceMs = 0
  #closingSinceMs = 0
  #openedSinceMs = 0
  readonly #downSinceMs = new Map<string, number>()
  #closed = new Map<string, Said>()
  #filled = new Map<string, Said>()

  constructor(settings: LeadSettings) {
    this.#settings = settings
  }

  onRecord(record: GroupRecord, isLeading: boolean, nowMs: number): void {
    const before = this.#record && placementOf(this.#record)?.merge
    const placement = placementOf(record)
    const merge = placement?.merge
    this.#record = record
    this.#isLeading = isLeading
    if (merge?.id !== before?.id) this.#mergeSinceMs = nowMs
    if (merge?.id !== before?.id || merge?.opened !== before?.opened) this.#openedSinceMs = nowMs
    if (merge?.id !== before?.id || merge?.closingAt !== before?.closingAt) {
      this.#closingSinceMs = nowMs
      this.#closed = new Map()
      this.#filled = new Map()
    }
    this.#noteDown(record, placement, nowMs)
  }

  #noteDown({ view }: GroupRecord, placement: PlacementState | undefined, nowMs: number): void {
    const up = new Set<string>(view.members.map(({ name }) => name))
    const down = Object.keys(placement?.services ?? {}).filter((name) => !up.has(name))
    for (const name of this.#downSinceMs.keys()) if (!down.includes(name)) this.#downSinceMs.delete(name)
    for (const name of down) if (!this.#downSinceMs.has(name)) this.#downSinceMs.set(name, nowMs)
  }

  /** A server says that it has closed what it gives, or holds all that it is to hold. */
  said(what: 'closed' | 'filled', life: Said, merge: string, closingAt: number): void {
    const own = this.#merge
    if (own?.id !== merge || own.closingAt !== closingAt) return
    const all = what === 'closed' ? this.#closed : this.#filled
    all.set(life.server, life)
  }

  get #merge(): Merge | undefined {
    return this.#record && placementOf(this.#record)?.merge
  }

  /** What to propose now. */
  wanted(nowMs: number): ServiceOperation | undefined {
    const placement = this.#record && placementOf(this.#record)
    if (!this.#isLeading || !this.#record || !placement || !this.#settings.movesData) return undefined
    const { merge } = placement
    if (!merge) return this.#rebalance(placement, nowMs)
    const { mergeTimeoutMs } = this.#settings
    if (mergeTimeoutMs > 0 && nowMs - this.#mergeSinceMs >= mergeTimeoutMs) return { do: 'abort', merge: merge.id }
    if (merge.closingAt !== undefined) return this.#end(this.#record, merge, merge.closingAt, nowMs)
    const isDue = merge.opened !== undefined && nowMs >= this.#openedSinceMs + retryMs(merge.opened)
    return isDue && goesOn(placement, this.#settings) ? { do: 'complete', merge: merge.id } : undefined
  }

  #end(record: GroupRecord, { id: merge }: Merge, closingAt: number, nowMs: number): ServiceOperation | undefined {
    const { givers, gainers } = partiesOf(record)
    const isSaid = givers.every((name) => this.#closed.has(name)) && gainers.every((name) => this.#filled.has(name))
    const said = { closed: [...this.#closed.values()], filled: [...this.#filled.values()] }
    if (isSaid) return { do: 'commit', merge, closingAt, ...said }
    // Who has died before it said so does not say it any more: what was closed need not wait for the end of its time.
    const isUp = (server: string) => record.view.members.some(({ name }) => name === server)
    const isInVain = givers.some((name) => !isUp(name) && !this.#closed.has(name))
    const isOpened = isInVain || nowMs - this.#closingSinceMs >= this.#settings.fenceMs
    return isOpened ? { do: 'open', merge, closingAt } : undefined
  }

  #rebalance({ services = {}, suspended }: PlacementState, nowMs: number): ServiceOperation | undefined {
    const { automatic, rebalanceDelayMs } = this.#settings
    if (!automatic || suspended) return undefined
    const due = [...this.#downSinceMs].find(([name, sinceMs]) => {
      const { is, held } = services[name] ?? { is: 'out' }
      return is === 'in' && held !== true && nowMs - sinceMs >= rebalanceDelayMs
    })
    return due && { do: 'service-out', server: due[0], auto: true }
  }
}

/** Who has to say that what moves is closed, and who that it is filled. */
export function partiesOf(record: GroupRecord): {
  readonly givers: readonly string[]
  readonly gainers: readonly string[]
} {
  const placement = placementOf(record)
  if (!placement?.merge) return { givers: [], gainers: [] }
  const { table, merge } = placement
  const target = targetOf(placement)
  const up = new Set<string>(record.view.members.filter(({ witness }) => witness !== true).map(({ name }) => name))
  const moving = movingPartitions(
    table,
    servingOf(target, (name) => up.has(name)),
  )
  const holders = [...moving.keys()].filter((at) => moving[at] === 1).flatMap((at) => rowOf(table, at))
  const givers = new Set([...(merge.givers ?? []), ...holders.filter((name) => up.has(name))])
  const all = lacking(table, target, (name) => up.has(name))
  const gainers = [...all].filter(([, moves]) => [...moves].some((move) => !move.endsWith(' '))).map(([name]) => name)
  return { givers: [...givers], gainers }
}

function goesOn({ suspended, services = {} }: PlacementState, { automatic }: LeadSettings): boolean {
  const all = Object.values(services).map(({ is }) => traitsOf(is))
  if (suspended || all.some(({ progress }) => progress === 'doing')) return false
  return automatic || all.every(({ action }) => action === 'none')
}

function retryMs(opened: number): number {
  return Math.min(lastRetryMs, firstRetryMs * 2 ** (opened - 1))
}
