import type { PartStep, View } from '@ring/gms'
import { type PartitionTable, rowOf } from '@ring/placement'
import { allDataRules, type DataRules } from './data-rules.ts'
import { lacking, movingPartitions, servingOf, withoutWhereOthersHold } from './holdings.ts'
import { idealTable, isSameTable, nowhere, type PlacementSettings } from './ideal-table.ts'
import { baseOf, type EndedMerge, type Merge, type PlacementState, type Service, targetOf } from './placement-state.ts'
import { traitsOf } from './service-state.ts'
import { nextState, type ServiceEvent } from './transitions.ts'

/** So many merges that have ended the record names. */
const endedMax = 8

/**
 * The lifecycle of all servers in one commit: events go in, then {@link Lifecycle.settled} says what is agreed after them. Made
 * anew for each commit; the same input gives the same on every node.
 */
export class Lifecycle {
  readonly settings: PlacementSettings
  readonly #rules: DataRules
  readonly #before: PlacementState | undefined
  readonly #view: View
  readonly version: number
  readonly #services: Map<string, Service>
  readonly #renewed = new Set<string>()
  #table: PartitionTable
  #base: PartitionTable
  #target: PartitionTable
  #merge: Merge | undefined
  #ended: readonly EndedMerge[]
  /** For whom, and from which table, the target was planned last. */
  #plannedFor: string | undefined
  suspended: boolean
  /** An operator has ended the last merge: none begins only because somebody lacks something. */
  halted: boolean

  constructor(
    settings: PlacementSettings,
    before: PlacementState | undefined,
    { view, version }: PartStep,
    rules: DataRules = allDataRules,
  ) {
    this.settings = settings
    this.#rules = rules
    this.#before = before
    this.#view = view
    this.version = version
    this.#services = new Map(Object.entries(before?.services ?? {}))
    this.#table = before?.table ?? { ...nowhere, strategy: settings.placement }
    this.#base = before ? baseOf(before) : this.#table
    this.#target = before ? targetOf(before) : this.#table
    this.#merge = before?.merge
    this.#ended = before?.ended ?? []
    this.suspended = before?.suspended ?? false
    this.halted = before?.halted ?? false
  }

  get merge(): Merge | undefined {
    return this.#merge
  }

  /** Lives that came, went or came back in this commit. */
  get renewed(): ReadonlySet<string> {
    return this.#renewed
  }

  get table(): PartitionTable {
    return this.#table
  }

  get target(): PartitionTable {
    return this.#target
  }

  get names(): readonly string[] {
    return [...this.#services.keys()]
  }

  has(name: string): boolean {
    return this.#services.has(name)
  }

  serviceOf(name: string): Service {
    return this.#services.get(name) ?? { is: 'out' }
  }

  isUp(name: string): boolean {
    return this.#view.members.some((member) => member.name === name && member.witness !== true)
  }

  incarnationOf(name: string): number | undefined {
    return this.#view.members.find((member) => member.name === name)?.incarnation
  }

  /** Those that are in the view, and serve or may. */
  get servers(): readonly string[] {
    return this.#view.members.filter(({ witness }) => witness !== true).map(({ name }) => name)
  }

  /** Of whom nothing is said yet: it serves where it did, or has just come. */
  know(name: string, isServing: boolean): void {
    if (!this.#services.has(name)) this.#services.set(name, { is: isServing ? 'in' : 'out' })
  }

  /** Where it stands; what it says of itself stays once it is down. */
  locate(name: string, zone: string | undefined): void {
    const { zone: _, ...service } = this.serviceOf(name)
    this.#services.set(name, { ...service, ...(zone !== undefined && { zone }) })
  }

  /** @returns whether it meant anything to the server */
  fire(name: string, event: ServiceEvent, isUp = this.isUp(name)): boolean {
    const before = this.serviceOf(name)
    const to = nextState(before.is, isUp, event)
    if (to === undefined) return false
    this.#services.set(name, { ...before, is: to })
    return true
  }

  fireAll(event: ServiceEvent): boolean {
    return this.names.filter((name) => this.fire(name, event)).length > 0
  }

  /** @param held nothing takes it in or out by itself any more */
  hold(name: string, held: boolean): void {
    const { held: _, ...service } = this.serviceOf(name)
    this.#services.set(name, { ...service, ...(held && { held: true }) })
  }

  /** A life is over; what it held it holds no more. */
  goes(name: string): void {
    this.#renewed.add(name)
    this.fire(name, 'goes', true)
    this.#table = withoutWhereOthersHold(this.#table, (server) => server === name)
  }

  /** A life begins, and holds nothing yet but what nobody else does (rule D2). */
  comes(name: string): void {
    this.#renewed.add(name)
    if (!this.#rules.returningIsFilled && this.serviceOf(name).is === 'in') {
      this.#table = this.#served()
      return
    }
    this.fire(name, 'comes', false)
    if (this.serviceOf(name).is !== 'out') this.hold(name, false)
  }

  /** Its programs have lost what they held. */
  emptied(name: string): void {
    this.#renewed.add(name)
    if (!this.fire(name, 'emptied')) return
    this.#table = withoutWhereOthersHold(this.#table, (server) => server === name)
  }

  /** Says anew who is to hold what, where others are to than before. */
  retarget(): void {
    const servers = this.names
      .filter((name) => traitsOf(this.serviceOf(name).is).willServe)
      .map((name) => ({ name, zone: this.serviceOf(name).zone }))
    const plannedFor = JSON.stringify(servers)
    if (plannedFor === this.#plannedFor) return
    this.#plannedFor = plannedFor
    const isFirst = this.#before === undefined || this.#base.partitions === 0
    const from = this.#merge ? this.#target : this.#base
    const target = idealTable(this.settings, servers, isFirst ? undefined : from)
    if (isSameTable(target, this.#target)) return
    const before = this.lacking
    this.#target = target
    if (!this.#merge) return
    // What was closed is not what moves now.
    if (this.#merge.closingAt !== undefined) this.open()
    this.#merge = { ...this.#merge, plannedAt: this.version }
    for (const [name, moves] of this.lacking)
      if ([...moves].some((move) => before.get(name)?.has(move) !== true)) this.fire(name, 'more')
  }

  /** What servers that are up are to hold, and do not. */
  get lacking(): ReadonlyMap<string, ReadonlySet<string>> {
    return lacking(this.#table, this.#target, (name) => this.isUp(name) && !this.#isLeftEmpty(name))
  }

  /** At rest: who serves and holds less than it did, or is to, has to be filled like one that returns. */
  markLacking(): void {
    for (const name of lacking(this.#table, this.#base, (one) => this.isUp(one)).keys()) this.fire(name, 'lacks')
  }

  /** It would have to be filled, and an operator wanted that not to be done. */
  #isLeftEmpty(name: string): boolean {
    const { is, held } = this.serviceOf(name)
    return is === 'returning-pending' && held === true
  }

  /** Who is to get something that somebody can give. */
  get pulling(): ReadonlySet<string> {
    const all = [...this.lacking].filter(([, moves]) => [...moves].some((move) => !move.endsWith(' ')))
    return new Set(all.map(([name]) => name))
  }

  /** Those that hold what moves, as far as they are named: all that are up have to close (rule D4). */
  get givers(): ReadonlySet<string> {
    const moving = movingPartitions(this.#table, this.#served())
    const names = [...moving.keys()]
      .filter((partition) => moving[partition] === 1)
      .flatMap((at) => rowOf(this.#table, at))
    return new Set(names)
  }

  begin(id: string): void {
    this.#merge = { id, since: this.version, plannedAt: this.version }
    this.halted = false
    for (const name of this.names) if (!this.#isLeftEmpty(name)) this.fire(name, 'merge')
    for (const name of this.lacking.keys()) this.fire(name, 'gains')
  }

  /** What moves is closed from here on (rule D3). */
  close(): void {
    if (!this.#merge) return
    const givers = [...this.givers].filter((name) => this.isUp(name)).sort()
    this.#merge = { ...this.#merge, closingAt: this.version, givers }
  }

  /** The fence is opened, and the merge goes on (rule D4). */
  open(): void {
    if (!this.#merge) return
    const { closingAt: _, givers: _g, opened = 0, ...merge } = this.#merge
    this.#merge = { ...merge, opened: opened + 1 }
  }

  complete(): void {
    this.#table = this.#served()
    this.#base = this.#target
    this.#end(true)
    this.fireAll('complete')
  }

  #end(committed: boolean): void {
    if (this.#merge && this.settings.movesData)
      this.#ended = [{ id: this.#merge.id, committed }, ...this.#ended].slice(0, endedMax)
    this.#merge = undefined
  }

  abort(): void {
    for (const name of this.names) {
      const isUp = this.isUp(name)
      const { is } = this.serviceOf(name)
      const { action, progress } = traitsOf(is)
      this.fire(name, 'abort')
      const isHeld = action === 'add' || (action === 'delete' && !isUp) || is.startsWith('returning')
      if (progress !== 'nothing') this.hold(name, isHeld)
    }
    this.#end(false)
    this.#target = this.#base
    this.#plannedFor = undefined
    this.halted = true
  }

  /** Who serves when all that is wanted has been reached. */
  #served(): PartitionTable {
    const isComparable =
      this.#table.partitions === this.#target.partitions && this.#table.strategy === this.#target.strategy
    return servingOf(this.#target, (name, partition) => {
      if (!this.isUp(name)) return false
      if (this.serviceOf(name).is !== 'returning-pending') return true
      return isComparable && rowOf(this.#table, partition).includes(name)
    })
  }

  /** What is agreed after all this, with what a later version says of it (rule S1). */
  settled(): Omit<PlacementState, 'changedAt'> {
    const {
      base: _,
      target: _t,
      merge: _m,
      suspended: _s,
      halted: _h,
      ended: _e,
      changedAt: _c,
      ...kept
    } = this.#before ?? {}
    return {
      ...kept,
      mode: this.settings.mode,
      table: this.#table,
      ...(!isSameTable(this.#base, this.#table) && { base: this.#base }),
      ...(!isSameTable(this.#target, this.#base) && { target: this.#target }),
      services: Object.fromEntries(this.#remembered()),
      ...(this.suspended && { suspended: true as const }),
      ...(this.halted && { halted: true as const }),
      ...(this.#merge && { merge: this.#merge }),
      ...(this.#ended.length > 0 && { ended: this.#ended }),
    }
  }

  /** Who is out and down was never here, unless it is to stay out. */
  #remembered(): readonly (readonly [string, Service])[] {
    const known = [...this.#services].filter(([name, { is, held }]) => is !== 'out' || held === true || this.isUp(name))
    return known.sort(([one], [other]) => (one < other ? -1 : 1))
  }
}
