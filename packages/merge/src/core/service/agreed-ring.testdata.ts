import { type Member, type StatePart, type View, type ViewChange } from '@ring/gms'
import { rowOf } from '@ring/placement'
import { address, incarnation, nodeName } from '@ring/platform'
import { lacking } from './holdings.ts'
import type { PlacementSettings } from './ideal-table.ts'
import type { ServiceOperation, ServiceOutcome } from './operation.ts'
import { placementPart } from './placement-part.ts'
import { type PlacementState, targetOf } from './placement-state.ts'
import { type ServiceState, traitsOf } from './service-state.ts'

const nothing: ViewChange = { joined: [], left: [], updated: [] }

/** What a ring agrees on as servers come and go and operations are decided: the part alone, one version after the other. */
export class AgreedRing {
  readonly part: StatePart<PlacementState>
  own: PlacementState | undefined
  version = 0
  #lives = 0
  #members: Member[] = []

  constructor(settings: Partial<PlacementSettings> = {}) {
    this.part = placementPart({
      ...{ mode: 'hash', placement: 'ring', partitions: 24, replicas: 1 },
      ...{ automatic: false, movesData: true, rebalanceDelayMs: 0 },
      ...settings,
    })
  }

  get view(): View {
    return { members: this.#members, barred: [] }
  }

  isUp(name: string): boolean {
    return this.#members.some((member) => member.name === name)
  }

  lifeOf(name: string): number {
    return this.#members.find((member) => member.name === name)?.incarnation ?? 0
  }

  /** New lives of these, the older ones replaced. */
  come(...names: string[]): void {
    const left = this.#members.filter(({ name }) => names.includes(name))
    const joined = names.map((name): Member => {
      this.#lives++
      return {
        ...{ name: nodeName(name), incarnation: incarnation(this.#lives), address: address('127.0.0.1:1') },
        ...{ voterId: name, why: 'joined' },
      }
    })
    this.#members = [...this.#members.filter(({ name }) => !names.includes(name)), ...joined]
    this.#follow({ joined, left: left.map((member) => ({ member, why: 'replaced' })), updated: [] })
  }

  go(...names: string[]): void {
    const left = this.#members.filter(({ name }) => names.includes(name))
    this.#members = this.#members.filter(({ name }) => !names.includes(name))
    this.#follow({ joined: [], left: left.map((member) => ({ member, why: 'gone' })), updated: [] })
  }

  #follow(change: ViewChange): void {
    this.version++
    this.own = this.part.follow(this.own, { change, view: this.view, version: this.version })
  }

  operate(body: ServiceOperation): ServiceOutcome {
    this.version++
    const step = { change: nothing, view: this.view, version: this.version }
    const { own, outcome } = this.part.apply(this.own!, body, step)
    this.own = own
    return outcome as ServiceOutcome
  }

  stateOf(name: string): ServiceState {
    return this.own?.services?.[name]?.is ?? 'out'
  }

  /** What each is, in a word: `a: in, b: add-pending`. */
  get states(): string {
    return Object.entries(this.own?.services ?? {})
      .map(([name, { is, held }]) => `${name}: ${is}${held ? ' held' : ''}`)
      .join(', ')
  }

  get serving(): readonly string[] {
    return this.own!.table.servers
  }

  rows(table = this.own!.table): readonly (readonly string[])[] {
    return Array.from({ length: table.partitions }, (_, partition) => rowOf(table, partition))
  }

  /** For each server that lacks something: what, by partition of the target. */
  get lacking(): ReadonlyMap<string, ReadonlySet<string>> {
    return lacking(this.own!.table, targetOf(this.own!), (name) => this.isUp(name))
  }

  get pending(): readonly string[] {
    return this.#inProgress('pending')
  }

  get doing(): readonly string[] {
    return this.#inProgress('doing')
  }

  #inProgress(progress: string): readonly string[] {
    return Object.entries(this.own?.services ?? {})
      .filter(([, { is }]) => traitsOf(is).progress === progress)
      .map(([name]) => name)
  }

  /** As its node would say it: it holds all but the last of what it is to hold. */
  done(server: string): ServiceOutcome {
    const { id: merge = '', plannedAt = 0 } = this.own!.merge ?? {}
    return this.operate({ do: 'done', merge, plannedAt, server, incarnation: this.lifeOf(server) })
  }

  /** As the coordinator would, once all have said that they closed and are filled. */
  commit(): ServiceOutcome {
    const { id: merge = '', closingAt = 0 } = this.own!.merge ?? {}
    const all = this.view.members.map(({ name, incarnation }) => ({
      server: name,
      incarnation: incarnation,
    }))
    return this.operate({ do: 'commit', merge, closingAt, closed: all, filled: all })
  }
}
