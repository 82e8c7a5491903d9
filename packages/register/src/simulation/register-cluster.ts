import { type NodeName, nextIncarnation, randomHex, silent } from '@ring/platform'
import type { NodeEnvironment, NodeOptions, SimulatedNode, World } from '@ring/testkit'
import type { ProposalOutcome } from '../core/events.ts'
import type { FormationOptions } from '../core/forming/formation.ts'
import type { RecordContent, RingRecord, Voter } from '../core/record/record.ts'
import type { RegisterTiming } from '../core/timing.ts'
import { type RegisterRules, soundRules } from '../core/voting/rules.ts'
import { RegisterDriver } from '../driver.ts'
import { decodeMessage, encodeMessage } from '../messages.ts'
import { readStored, recoverStored } from '../recovery.ts'
import { AgreementChecker } from './agreement-checker.ts'

export interface ClusterOptions {
  readonly rules?: RegisterRules
  readonly timing?: Partial<RegisterTiming>
  readonly storage?: 'disk' | 'memory'
  /** Who is configured to form the ring. */
  readonly names: readonly NodeName[]
  /** Follows a lineage that replaced its own after so many milliseconds, as membership does; default: when it is told to. */
  readonly rejoinsAfterMs?: number
  /** Default: all of `names` form; whoever got a new disk only joins, as the manual says. */
  readonly formation?: (name: NodeName) => FormationOptions | undefined
}

/** One life of a node with a register. */
export interface RegisterProcess {
  readonly driver: RegisterDriver
  readonly environment: NodeEnvironment
  startError?: Error
  /** Sends the record to a node on another way than by a vote, as membership does. */
  show(to: NodeName): void
  resumed(gapMs: number): void
}

/** What a recovery is to hold, and who is told of it before it is written. */
export interface Recovering {
  readonly state: unknown
  readonly begins?: (last: RingRecord, lineage: string) => void
}

export type RegisterNode = SimulatedNode<RegisterProcess>

/** Nodes with registers in a simulated world, watched by the checker. */
export class RegisterCluster {
  readonly world: World
  readonly checker = new AgreementChecker()
  readonly nodes = new Map<NodeName, RegisterNode>()
  /** Everything that was noteworthy, per node: settled, superseded, foreign. */
  readonly heard: { readonly at: NodeName; readonly what: string; readonly record?: RingRecord }[] = []
  readonly #options: ClusterOptions
  readonly #recovering = new Map<NodeName, Recovering>()

  constructor(world: World, options: ClusterOptions) {
    this.world = world
    this.#options = options
  }

  add(name: NodeName, options?: NodeOptions): RegisterNode {
    const node: RegisterNode = this.world.addNode(name, (environment) => this.#start(name, environment), options)
    this.nodes.set(name, node)
    return node
  }

  node(name: NodeName): RegisterNode {
    return this.nodes.get(name)!
  }

  driver(name: NodeName): RegisterDriver | undefined {
    return this.node(name).process?.driver
  }

  record(name: NodeName): RingRecord | undefined {
    return this.driver(name)?.record
  }

  /** The node as a voter with its present id. */
  voter(name: NodeName): Voter {
    return this.driver(name)!.self!
  }

  /** Proposes at `name`, on top of the record it holds. */
  propose(name: NodeName, change: Partial<RecordContent>, ended: (outcome: ProposalOutcome) => void = ignore): void {
    const driver = this.driver(name)!
    const { version, voters, epoch, view, state, operations } = driver.record!
    const names = (change.voters ?? voters).map((voter) => voter.name).join()
    this.world.note(`${name} proposes after ${version} ${JSON.stringify(change.state ?? state)} with voters ${names}`)
    driver.propose(version, { voters, epoch, view, state, operations, ...change }, (outcome) => {
      this.world.note(`${name} proposal after ${version} ended ${outcome.kind}`)
      ended(outcome)
    })
  }

  /** Proposes and lets time pass until the proposal has ended. */
  commit(name: NodeName, change: Partial<RecordContent>): ProposalOutcome {
    let outcome: ProposalOutcome | undefined
    this.propose(name, change, (ended) => {
      outcome = ended
    })
    this.world.run(() => outcome !== undefined)
    if (outcome === undefined) throw new Error('the proposal never ended')
    return outcome
  }

  /** `recover --force`: the node is stopped, its state directory changed, giving up every other voter, and it starts again. */
  recover(name: NodeName, recovering: Recovering): void {
    this.world.note(`${name} is to be recovered as ${JSON.stringify(recovering.state)}`)
    this.#recovering.set(name, recovering)
    this.node(name).restart()
  }

  /** Lets time pass until all these nodes hold a record of the same version, at least `version`. */
  awaitRecord(names: readonly NodeName[], version = 0, forMs = 30_000): boolean {
    return this.world.run(
      () => {
        const first = this.record(names[0]!)?.version
        return first !== undefined && first >= version && names.every((name) => this.record(name)?.version === first)
      },
      { forMs },
    )
  }

  #start(name: NodeName, environment: NodeEnvironment): RegisterProcess {
    const { rules = soundRules, timing = {}, storage = 'disk' } = this.#options
    /** The first record of a lineage that replaced the one held, once this life was told of it (rule R8). */
    let replacedBy: RingRecord | undefined
    const network = environment.network({
      onMessage: (from, bytes) => {
        // Who has stopped acting takes nothing in until it rejoins: of a further recovery it hears after that.
        if (!driver.isSuperseded) replacedBy ??= replacementIn(bytes, driver.record)
        const decoded = decodeMessage(bytes)
        if (decoded.ok) driver.onMessage(from, decoded.value)
      },
      onLinkUp: ignore,
      onLinkDown: ignore,
    })
    const send = (to: NodeName, bytes: Uint8Array): void => {
      this.#traceSend(name, to, bytes)
      network.send(to, bytes)
    }
    const formation = this.#formation(name)
    const driver = new RegisterDriver(
      {
        name,
        // As after a clock that was set back: only the state directory can know better.
        incarnation: nextIncarnation(0, environment.clock.wallMs(), environment.random.uint32() % 1024),
        storage,
        timing,
        ...(formation === undefined ? {} : { formation }),
        firstContent: () => ({ view: null, state: 'formed' }),
      },
      {
        clock: environment.clock,
        random: environment.random,
        disk: environment.disk,
        log: { ...silent, error: (fields, message) => environment.log.error(fields, message) },
        send,
      },
      {
        onCommitted: (record) => {
          this.world.note(`${name} holds ${record.version} ${JSON.stringify(record.state)}`)
          if (replacedBy?.ancestors.includes(record.lineage) === true)
            throw new Error(`R8: ${name} goes on in a lineage of which it knows that it is over`)
          this.checker.observe(name, record)
        },
        onSettled: (version) => this.heard.push({ at: name, what: `settled ${version}` }),
        onSuperseded: (record) => {
          this.heard.push({ at: name, what: 'superseded', record })
          const { rejoinsAfterMs } = this.#options
          // Not at once: until then nothing may happen in the old lineage.
          if (rejoinsAfterMs !== undefined) environment.clock.after(rejoinsAfterMs, () => driver.rejoin())
        },
        onForeign: (_from, record) => this.heard.push({ at: name, what: 'foreign', record }),
        onFormationStopped: (names) => this.heard.push({ at: name, what: `stopped ${names.join()}` }),
      },
      rules,
    )
    const process: RegisterProcess = {
      driver,
      environment,
      show: (to) => {
        const { record, isSuperseded } = driver
        if (record !== undefined && !isSuperseded) send(to, encodeMessage({ type: 'register.record', record }))
      },
      resumed: (gapMs) => {
        driver.resumed(gapMs)
      },
    }
    const begin = (): void => {
      driver.start((error) => {
        if (error === undefined) return
        process.startError = error
        this.world.note(`${name} cannot start: ${error.message}`)
      })
    }
    const recovering = this.#recovering.get(name)
    if (this.#recovering.delete(name)) this.#recoverDisk(name, environment, recovering!, begin)
    else begin()
    return process
  }

  #recoverDisk(
    name: NodeName,
    { disk, clock, random }: NodeEnvironment,
    recovering: Recovering,
    next: () => void,
  ): void {
    readStored(disk, (read) => {
      const voters = read.ok ? (read.value?.voters ?? []) : []
      const giveUp = voters.filter((voter) => voter !== name)
      const lineage = randomHex(random, 8)
      const content = (last: RingRecord) => {
        recovering.begins?.(last, lineage)
        return { view: last.view, state: recovering.state }
      }
      recoverStored(disk, { name, giveUp, lineage, wallMs: clock.wallMs(), content }, (result) => {
        this.world.note(`${name} recovery ${result.ok ? `made ${result.value.version}` : result.error.message}`)
        next()
      })
    })
  }

  #formation(name: NodeName): FormationOptions | undefined {
    if (this.#options.formation !== undefined) return this.#options.formation(name)
    const node = this.nodes.get(name)
    const joinOnly = node !== undefined && node.disk.isEmpty && node.disk.timesForgotten > 0
    return { names: this.#options.names, joinOnly }
  }

  #traceSend(from: NodeName, to: NodeName, bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes)
    this.world.note(`${from} > ${to} ${decoded.ok ? summary(decoded.value) : 'not decodable'}`)
  }
}

/** What a message says about the lineage of `own`: that this record's replaced it. */
function replacementIn(bytes: Uint8Array, own: RingRecord | undefined): RingRecord | undefined {
  const decoded = decodeMessage(bytes)
  if (own === undefined || !decoded.ok) return undefined
  const { value } = decoded
  if (value.type !== 'register.record' && value.type !== 'register.committed') return undefined
  const { parent, ancestors } = value.record
  return parent?.reason === 'recovered' && ancestors.includes(own.lineage) ? value.record : undefined
}

function summary(message: object): string {
  const { type, ballot, after, record } = message as {
    readonly type: string
    readonly ballot?: { readonly round: number; readonly name: string }
    readonly after?: { readonly version: number }
    readonly record?: RingRecord
  }
  const parts = [type.replace('register.', '')]
  if (after !== undefined) parts.push(`after ${after.version}`)
  if (ballot !== undefined) parts.push(`ballot ${ballot.round}/${ballot.name}`)
  if (record !== undefined) parts.push(`record ${record.version} ${JSON.stringify(record.state)}`)
  return parts.join(' ')
}

function ignore(): void {
  // Nothing to do.
}
