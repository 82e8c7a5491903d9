import {
  type Address,
  address,
  type Incarnation,
  type NodeName,
  nextIncarnation,
  nodeName,
  silent,
} from '@ring/platform'
import type { NodeEnvironment, SimulatedNode, World } from '@ring/testkit'
import type { GroupStatus } from '../core/effects.ts'
import type { ViewMerging } from '../core/meeting/merging.ts'
import type { StatePart } from '../core/record/state-part.ts'
import { type GroupRecord, hasLife, type MergedSides, type ViewChange } from '../core/record/view.ts'
import { type GmsRules, soundRules } from '../core/rules.ts'
import type { DetectProfile } from '../core/timing.ts'
import { MembershipDriver } from '../driving/membership-driver.ts'
import type { MembershipListener } from '../driving/membership-driver-options.ts'

/** The trace names the members of views up to this size. */
const namedMax = 64

/** What one process of a simulated group heard from its membership. */
export class SimulatedMember implements MembershipListener {
  readonly membership: MembershipDriver
  readonly views: GroupRecord[] = []
  readonly changes: ViewChange[] = []
  readonly downs: NodeName[] = []
  readonly statuses: GroupStatus[] = []
  readonly suspects: { readonly name: NodeName; readonly suspected: boolean }[] = []
  /** With how many views it had heard of before each. */
  readonly merges: {
    readonly record: GroupRecord
    readonly sides: MergedSides
    readonly viewsBefore: number
  }[] = []
  readonly #trace: (line: string) => void
  readonly #onView: () => void
  readonly #remembers: number
  /** The lives that were confirmed after a pause. */
  readonly confirmations: Incarnation[] = []
  left = false
  confirmed = true
  rejoins = 0

  constructor(
    environment: NodeEnvironment,
    options: Omit<GroupOptions, 'servers'> & { servers: readonly NodeName[]; isSlave: boolean; onView?: () => void },
  ) {
    this.#onView = options.onView ?? (() => undefined)
    this.#trace = (line) => environment.trace(`${environment.name} ${line}`)
    const { quorum, servers, isSlave, parts, merging, detect = 'default', rules = soundRules } = options
    const { memory = true, remembers = Number.POSITIVE_INFINITY } = options
    this.#remembers = remembers
    // Without memory of earlier lives the wall clock is all there is.
    const incarnation = memory
      ? environment.incarnation
      : nextIncarnation(0, environment.clock.wallMs(), environment.random.uint32())
    this.membership = new MembershipDriver(
      {
        name: environment.name,
        role: isSlave ? 'slave' : 'server',
        incarnation,
        address: environment.address,
        servers: servers.map((name) => ({ name, address: addressOf(name) })),
        joinOnly: !servers.includes(environment.name),
        quorum,
        detect: options.detectOf?.(environment.name) ?? detect,
        clock: environment.clock,
        random: environment.random,
        disk: environment.disk,
        logger: { ...silent, error: (fields, message) => environment.log.error(fields, message) },
        ...(parts && { parts }),
        ...(merging && { merging }),
      },
      this,
      rules,
    )
    const network = environment.network(this.membership, { role: isSlave ? 'slave' : 'server', incarnation })
    this.membership.start(network)
  }

  get names(): string {
    return this.membership.record?.view.members.map(({ name }) => name).join(' ') ?? ''
  }

  leave(): void {
    this.membership.leave(() => {
      this.left = true
    })
  }

  resumed(gapMs: number): void {
    this.membership.resumed(gapMs)
  }

  onView(record: GroupRecord, change: ViewChange): void {
    const { members } = record.view
    const who = members.length > namedMax ? `${members.length} members` : members.map(({ name }) => name).join(',')
    this.#trace(`view ${record.lineage.slice(0, 4)}/${record.version} ${who}`)
    this.#note(this.views, record)
    this.#note(this.changes, change)
    this.#onView()
  }
  onMerged(record: GroupRecord, sides: MergedSides): void {
    this.#trace(`merged ${record.version}: ${sides.map(({ members }) => members.join(',')).join(' | ')}`)
    this.merges.push({ record, sides, viewsBefore: this.views.length })
  }
  onSuspect(name: NodeName, _incarnation: Incarnation, suspected: boolean): void {
    this.#note(this.suspects, { name, suspected })
  }
  onDown(name: NodeName, incarnation: Incarnation): void {
    this.#trace(`down ${name} ${incarnation}`)
    this.#note(this.downs, name)
  }
  onUnconfirmed(): void {
    this.#trace('unconfirmed')
    this.confirmed = false
  }
  onConfirmed(): void {
    this.#trace('confirmed')
    this.confirmations.push(this.membership.incarnation)
    this.confirmed = true
  }
  onRejoin(incarnation: Incarnation): void {
    this.#trace(`rejoin ${incarnation}`)
    this.confirmed = true
    this.rejoins += 1
  }
  onStatus(status: GroupStatus): void {
    this.#note(this.statuses, status)
  }

  #note<T>(list: T[], item: T): void {
    list.push(item)
    if (list.length > this.#remembers) list.shift()
  }
}

export interface GroupOptions {
  readonly servers: number
  /** How many of the servers stand in everybody's configuration (default: all); the others are found through them. */
  readonly configured?: number
  readonly slaves?: number
  readonly quorum: 'none' | 'majority'
  readonly rules?: GmsRules
  readonly parts?: readonly StatePart[]
  readonly merging?: ViewMerging
  readonly detect?: DetectProfile
  /** Another profile for some of them. */
  readonly detectOf?: (name: NodeName) => DetectProfile | undefined
  /** Whether a node knows the incarnations of its earlier lives (default true). */
  readonly memory?: boolean
  /** How many views, changes and so on a process keeps (default: all). A thousand members that keep all need gigabytes. */
  readonly remembers?: number
}

const addressOf = (name: NodeName): Address => address(name)

/** a to z, then m26, m27 and so on. */
function letterOf(at: number): string {
  return at < 26 ? String.fromCharCode(97 + at) : `m${at}`
}

/** Servers a:1, b:1, ... and slaves y:1, ... of one group in a simulated world. */
export class SimulatedGroup {
  readonly world: World
  readonly servers: readonly SimulatedNode<SimulatedMember>[]
  readonly slaves: readonly SimulatedNode<SimulatedMember>[]
  readonly #checks: (() => void)[] = []

  constructor(world: World, options: GroupOptions) {
    this.world = world
    const names = Array.from({ length: options.servers }, (_, at) => nodeName(`${letterOf(at)}:1`))
    const onView = () => {
      for (const check of this.#checks) check()
    }
    const configured = names.slice(0, options.configured ?? names.length)
    const add = (name: NodeName, isSlave: boolean) =>
      world.addNode(
        name,
        (environment) => new SimulatedMember(environment, { ...options, servers: configured, isSlave, onView }),
      )
    this.servers = names.map((name) => add(name, false))
    this.slaves = Array.from({ length: options.slaves ?? 0 }, (_, at) => add(nodeName(`slave-${at}:1`), true))
  }

  /** Checks something after each view that a member hears of; it fails by throwing. */
  onEachView(check: () => void): void {
    this.#checks.push(check)
  }

  server(letter: string): SimulatedNode<SimulatedMember> {
    return this.servers[letter.charCodeAt(0) - 97]!
  }

  member(letter: string): SimulatedMember {
    return this.server(letter).process!
  }

  get running(): readonly SimulatedMember[] {
    return [...this.servers, ...this.slaves].flatMap((node) => (node.isUp && node.process ? [node.process] : []))
  }

  /**
   * Whether every running process has the same record, and its view holds exactly the running servers. Asked after every event
   * of a world, so it makes nothing.
   */
  get agrees(): boolean {
    const record = this.#firstRecord()
    if (!record) return false
    let live = 0
    for (const { isUp, name, process } of this.servers) {
      if (!isUp) continue
      live++
      if (!process || !isSame(process, record) || !hasLife(record.view, name, process.membership.incarnation))
        return false
    }
    for (const { isUp, process } of this.slaves) if (isUp && process && !isSame(process, record)) return false
    return record.view.members.length === live
  }

  #firstRecord(): GroupRecord | undefined {
    for (const { isUp, process } of this.servers) if (isUp && process) return process.membership.record
    for (const { isUp, process } of this.slaves) if (isUp && process) return process.membership.record
    return undefined
  }

  /** Lets time pass until all agree; returns the milliseconds it took, or undefined when they did not within the bound. */
  settle(forMs = 30_000): number | undefined {
    const startMs = this.world.nowMs
    // In a large group looking is dear, and a few milliseconds more or less say nothing.
    const everyMs = this.servers.length > 30 ? 20 : undefined
    const settled = this.world.run(() => this.agrees, { forMs, ...(everyMs !== undefined && { everyMs }) })
    return settled ? this.world.nowMs - startMs : undefined
  }
}

function isSame({ membership: { record } }: SimulatedMember, { lineage, version }: GroupRecord): boolean {
  return record?.lineage === lineage && record.version === version
}
