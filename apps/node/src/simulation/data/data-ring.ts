import { type PlacementState, placementOf, type ServiceOperation, type ServiceOutcome } from '@ring/merge'
import { partitionOf, rowOf } from '@ring/placement'
import type { NodeName } from '@ring/platform'
import type { NodeEnvironment, SimulatedNode, World } from '@ring/testkit'
import type { NodeRules } from '../../running/node-rules.ts'
import { NodeProcess, type Quorum } from '../node-process.ts'
import { servers, slave } from '../ring-layout.ts'
import { Keeper } from './keeper.ts'
import { Writer } from './writer.ts'

export interface DataRingOptions {
  readonly quorum: Quorum
  readonly rules: NodeRules
  /** AUTOMERGE. */
  readonly automatic: boolean
  /** DOMERGE; without it whoever comes serves at once, whatever it holds. */
  readonly movesData?: boolean
}

interface Running {
  readonly process: NodeProcess
  readonly environment: NodeEnvironment
  keeper: Keeper | undefined
  isRunning: boolean
}

const restartMs = 1_000
export const keys: readonly string[] = Array.from({ length: 30 }, (_, at) => `item ${at}`)

/** Whole nodes whose programs hold data, and one that writes to them all the time. */
export class DataRing {
  writer: Writer | undefined
  readonly #world: World
  readonly #options: DataRingOptions
  readonly #nodes = new Map<NodeName, SimulatedNode<NodeProcess>>()
  readonly #running = new Map<NodeName, Running>()
  #keepers = 0

  constructor(world: World, options: DataRingOptions) {
    this.#world = world
    this.#options = options
    for (const name of [...servers, slave])
      this.#nodes.set(
        name,
        world.addNode(name, (environment) => this.#start(environment)),
      )
  }

  /** What the ring agrees on, as the one with the latest record has it. */
  get placement(): PlacementState | undefined {
    const records = servers.flatMap((name) => this.#statusOf(name)?.record ?? [])
    const latest = records.sort((one, other) => other.version - one.version)[0]
    return latest && placementOf(latest)
  }

  /** Every node has the same record, and every partition has two servers that live. */
  get isWhole(): boolean {
    const states = [...servers, slave].map((name) => this.#statusOf(name))
    const [first] = states
    const isOne = states.every(
      (status) =>
        status?.ready === true &&
        status.record?.version === first?.record?.version &&
        status.record?.lineage === first?.record?.lineage &&
        status.record?.view.members.length === servers.length,
    )
    return isOne && this.isCovered
  }

  /** One may die at any moment: of each partition there is another one. */
  get isCovered(): boolean {
    const { placement } = this
    if (!placement || placement.table.partitions === 0) return false
    const living = new Set(
      servers.filter((name) => this.#statusOf(name)?.ready === true && this.#running.get(name)?.keeper),
    )
    return rows(placement).every((row) => row.length >= 2 && row.every((name) => living.has(name as NodeName)))
  }

  get isAtRest(): boolean {
    const { placement } = this
    if (placement?.merge || placement?.target || placement?.base) return false
    return Object.values(placement?.services ?? {}).every(({ is }) => is === 'in' || is === 'out')
  }

  get standing(): string {
    const { placement } = this
    const states = Object.entries(placement?.services ?? {}).map(
      ([name, { is, held }]) => `${name} ${is}${held ? ' held' : ''}`,
    )
    const merge = placement?.merge ? JSON.stringify(placement.merge) : 'no merge'
    const nodes = [...servers, slave].map((name) => `${name} ${this.#statusOf(name)?.record?.version ?? 'down'}`)
    return `${states.join(', ')}; ${merge}; ${nodes.join(', ')}`
  }

  /** What servers lack of what counts: of each key every server of its row has to have it. */
  lost(acknowledged: ReadonlyMap<string, number>): readonly string[] {
    const { placement } = this
    if (!placement) return []
    const { table } = placement
    return [...acknowledged].flatMap(([key, number]) => {
      const row = rowOf(table, partitionOf(table.strategy, table.partitions, key))
      return row.flatMap((name) => {
        const found = this.#running.get(name as NodeName)?.keeper?.numberOf(key) ?? 0
        return found < number ? [`${key} is ${found} at ${name} of ${row.join(' ')}, and ${number} counts`] : []
      })
    })
  }

  async operate(name: NodeName, wanted: ServiceOperation): Promise<ServiceOutcome | undefined> {
    const running = this.#running.get(name)
    if (!running?.isRunning || !this.#nodes.get(name)?.isUp) return undefined
    return (await running.process.core
      .propose({ part: 'placement', body: wanted }, { timeoutMs: 3_000 })
      .catch(() => undefined)) as ServiceOutcome | undefined
  }

  crash(name: NodeName, awayMs: number): void {
    const node = this.#nodes.get(name)!
    if (!node.isUp) return
    this.#world.note(`crash ${name} for ${Math.round(awayMs)} ms`)
    node.crash()
    this.#world.after(awayMs, () => !node.isUp && node.restart())
  }

  /** The program of a server ends, and another one begins with nothing. */
  endProgram(name: NodeName, awayMs: number): void {
    const running = this.#running.get(name)
    const keeper = running?.keeper
    if (!running || !keeper) return
    this.#world.note(`program of ${name} ends for ${Math.round(awayMs)} ms`)
    running.keeper = undefined
    void keeper.end()
    this.#world.after(
      awayMs,
      () => this.#running.get(name) === running && this.#nodes.get(name)?.isUp && this.#keep(running),
    )
  }

  /** Leaves in order, and comes back. */
  leave(name: NodeName, awayMs: number): void {
    const running = this.#running.get(name)
    const node = this.#nodes.get(name)!
    if (!running?.isRunning || !node.isUp) return
    this.#world.note(`leave ${name}`)
    void running.process.core.stop().then(() => {
      if (this.#running.get(name) !== running) return
      this.#world.after(0, () => node.isUp && this.#running.get(name) === running && node.crash())
      this.#world.after(awayMs, () => !node.isUp && node.restart())
    })
  }

  #statusOf(name: NodeName) {
    const running = this.#running.get(name)
    const isUp = running?.isRunning === true && this.#nodes.get(name)?.process === running.process
    return isUp ? running.process.core.status : undefined
  }

  #start(environment: NodeEnvironment): NodeProcess {
    const { name } = environment
    const { automatic, movesData = true } = this.#options
    const process = new NodeProcess(environment, {
      ...this.#options,
      ...{ joinOnly: false, programsAsk: true, parts: [], onHandedOn: () => undefined },
      settings: { doMerge: movesData, mergesByItself: automatic, rebalanceDelay: 2_000 },
      sayGoodbye: () => this.#world.network.sayGoodbye(name),
    })
    const running: Running = { process, environment, keeper: undefined, isRunning: false }
    this.#running.set(name, running)
    process.core.start().then(
      () => {
        running.isRunning = true
        if (name === slave) this.#write(running)
        else this.#keep(running)
      },
      (error: unknown) => {
        this.#world.note(`${name} did not start: ${String(error)}`)
        const node = this.#nodes.get(name)!
        this.#world.after(0, () => node.process === process && node.crash())
        this.#world.after(restartMs, () => !node.isUp && node.restart())
      },
    )
    return process
  }

  #keep(running: Running): void {
    running.keeper = new Keeper(running.process.core, `keeper ${++this.#keepers}`, running.environment)
  }

  #write({ process, environment: { clock, random } }: Running): void {
    const program = process.core.embed({ role: 'client', name: 'writer' })
    this.writer = new Writer(program, keys, clock, random)
  }
}

function rows({ table }: PlacementState): readonly (readonly string[])[] {
  return Array.from({ length: table.partitions }, (_, partition) => rowOf(table, partition))
}
