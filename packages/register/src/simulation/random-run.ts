import { below, type NodeName, nodeName, shuffled, unit } from '@ring/platform'
import { FaultPlan, type SeededRandom, type World } from '@ring/testkit'
import type { ProposalOutcome } from '../core/events.ts'
import type { RecordContent, RingRecord, Voter } from '../core/record/record.ts'
import { isQuorum } from '../core/voting/quorum.ts'
import { type RegisterRules, soundRules } from '../core/voting/rules.ts'
import { OperationHistory } from './operation-history.ts'
import { RegisterCluster } from './register-cluster.ts'

interface DrawnOptions {
  readonly nodes: number
  readonly mode: 'link' | 'datagram'
  readonly meanGapMs: number
  readonly voterChange: number
  readonly trouble: 'faults' | 'none'
  /** How often an operator gives a quorum up, whether it is lost or not (rule R8). */
  readonly recoveries: number
}

export interface RandomRunOptions {
  readonly rules?: RegisterRules
  readonly troubleMs?: number
}

/** What a run came to, for statistics. */
export interface RandomRunResult {
  readonly drawn: DrawnOptions
  readonly versions: number
  readonly committed: number
  readonly recoveries: number
  readonly live: boolean
}

const quietMs = 30_000

/**
 * One random life of a cluster: proposals at random nodes, random changes of voters, and faults; then a quiet phase in which
 * it has to make progress. Throws when an invariant is broken.
 */
export function randomRun(world: World, options: RandomRunOptions = {}): RandomRunResult {
  return new RandomRun(world, options).run()
}

class RandomRun {
  readonly #world: World
  readonly #cluster: RegisterCluster
  readonly #random: SeededRandom
  readonly #drawn: DrawnOptions
  readonly #names: readonly NodeName[]
  readonly #rules: RegisterRules
  readonly #troubleMs: number
  /** Of its own, so that the rest of a run is the same with recoveries and without. */
  readonly #operator: SeededRandom
  readonly #history: OperationHistory
  readonly #left: NodeName[] = []
  /** From which lineage the last recovery went on, and where. */
  #tried: { readonly lineage: string; readonly at: NodeName } | undefined
  #nextOperation = 1

  constructor(world: World, options: RandomRunOptions) {
    this.#world = world
    this.#rules = options.rules ?? soundRules
    this.#troubleMs = options.troubleMs ?? 12_000
    this.#random = world.random.fork('workload')
    this.#operator = world.random.fork('operator')
    this.#drawn = this.#draw()
    world.note(`drawn ${JSON.stringify(this.#drawn)}`)
    world.network.options = { ...world.network.options, mode: this.#drawn.mode }
    this.#names = ['a', 'b', 'c', 'd', 'e'].slice(0, this.#drawn.nodes).map(nodeName)
    this.#cluster = new RegisterCluster(world, {
      rules: this.#rules,
      names: this.#names,
      rejoinsAfterMs: 700,
    })
    this.#history = new OperationHistory(this.#cluster.checker)
  }

  run(): RandomRunResult {
    for (const name of this.#names) {
      const clock = { rate: 0.9 + 0.2 * unit(this.#random), originMs: below(this.#random, 1_000_000) }
      this.#cluster.add(name, { clock })
    }
    const plan = new FaultPlan(this.#world, {
      nodes: this.#names,
      durationMs: this.#troubleMs,
      kinds: ['crash', 'crash', 'pause', 'cut', 'partition', 'wall-jump', 'forget', 'slow-network', 'full-disk'],
      forgetMax: 1,
    })
    if (this.#drawn.trouble === 'faults') plan.schedule()
    this.#work()
    this.#recoverNowAndThen()
    this.#world.run(plan.quietAtMs)
    const live = this.#makeProgress()
    this.#becomeOneLineage()
    this.#checkHistory()
    return {
      drawn: this.#drawn,
      versions: this.#cluster.checker.versions,
      committed: this.#history.committed,
      recoveries: this.#history.recoveries,
      live,
    }
  }

  #draw(): DrawnOptions {
    const random = this.#random
    return {
      nodes: 1 + below(random, 5),
      mode: below(random, 2) === 0 ? 'link' : 'datagram',
      meanGapMs: 20 + unit(random) * 600,
      voterChange: below(random, 3) === 0 ? 0 : unit(random) * 0.8,
      trouble: below(random, 10) === 0 ? 'none' : 'faults',
      recoveries: below(this.#operator, 3) === 0 ? 1 + below(this.#operator, 2) : 0,
    }
  }

  #work(): void {
    this.#world.after(-Math.log(1 - unit(this.#random)) * this.#drawn.meanGapMs, () => {
      const name = this.#names[below(this.#random, this.#names.length)]!
      this.#propose(name, this.#random)
      this.#work()
    })
  }

  #propose(name: NodeName, random: SeededRandom): void {
    const node = this.#cluster.node(name)
    const record = node.process?.driver.record
    if (record === undefined || !node.life.isRunning) return
    const operation = `${name}${this.#nextOperation++}`
    const next: Partial<RecordContent> = {
      state: operation,
      operations: [...record.operations, operation],
      voters: unit(random) < this.#drawn.voterChange ? this.#otherVoters(record, random) : this.#renewed(record.voters),
    }
    const at = this.#history.begin(operation, String(record.state), this.#world.nowMs)
    this.#cluster.propose(name, next, (outcome) => {
      this.#ended(name, at, outcome)
    })
  }

  #ended(name: NodeName, at: number, outcome: ProposalOutcome): void {
    this.#history.end(at, outcome, this.#world.nowMs)
    if (outcome.kind !== 'committed') return
    const leaves = outcome.settled && !outcome.record.voters.some((voter) => voter.name === name)
    // Who is no voter any more and has finished may be switched off for good.
    if (leaves && below(this.#random, 2) === 0) this.#leave(name)
  }

  /** Gives up a quorum at random moments, and lets everybody hear of everybody's lineage sooner or later. */
  #recoverNowAndThen(): void {
    const { recoveries } = this.#drawn
    if (recoveries === 0) return
    for (let turn = 1; turn <= recoveries; turn++)
      this.#world.after(1_500 + unit(this.#operator) * (this.#troubleMs - 1_500), () => {
        this.#recover()
      })
    this.#talk()
  }

  #recover(): void {
    // Two nodes that are recovered from one lineage are two rings: the operator is told to take one, and stay with it.
    const { newest } = this.#cluster.checker
    const tried = this.#tried?.lineage === newest?.lineage ? this.#tried?.at : undefined
    const candidates = this.#names.filter((name) => {
      const driver = this.#cluster.driver(name)
      if (driver?.record === undefined || (tried !== undefined && name !== tried)) return false
      return driver.record.lineage === newest?.lineage && !driver.isSuperseded
    })
    const name = candidates[below(this.#operator, Math.max(1, candidates.length))]
    if (name === undefined || newest === undefined) return
    this.#tried = { lineage: newest.lineage, at: name }
    const state = `recovery at ${name} ${Math.round(this.#world.nowMs)}`
    this.#cluster.recover(name, {
      state,
      begins: (last, lineage) => {
        this.#history.recover(state, last, lineage, this.#world.nowMs)
      },
    })
  }

  /** What membership's probes and joins do: nodes come to show each other what they hold. */
  #talk(): void {
    this.#world.after(50 + unit(this.#operator) * 300, () => {
      const [from, to] = shuffled(this.#operator, this.#names)
      if (from !== undefined && to !== undefined && this.#cluster.node(from).life.isRunning)
        this.#cluster.node(from).process?.show(to)
      this.#talk()
    })
  }

  /** R8: whoever runs has stopped acting for the lineages that were replaced. */
  #becomeOneLineage(): void {
    const { checker } = this.#cluster
    const isHeld = () => this.#names.some((name) => this.#cluster.record(name)?.lineage === checker.newest?.lineage)
    if (this.#drawn.recoveries === 0 || !isHeld()) return
    const isOne = () =>
      this.#names.every((name) => [undefined, checker.newest?.lineage].includes(this.#cluster.record(name)?.lineage))
    if (this.#world.run(() => isOne() || !isHeld(), { forMs: quietMs })) return
    throw new Error(`R8: not one lineage within ${quietMs} ms after the trouble ended`)
  }

  #leaves(name: NodeName): number {
    return this.#left.filter((one) => one === name).length
  }

  #leave(name: NodeName): void {
    this.#world.after(0, () => {
      this.#world.note(`${name} leaves, and comes back later with an empty disk`)
      const node = this.#cluster.node(name)
      node.crash()
      node.disk.forget()
      this.#left.push(name)
      this.#world.after(500, () => {
        if (!node.isUp) node.restart()
      })
    })
  }

  /** The same voters under the ids they have now, where that is known (rule R10). */
  #renewed(voters: readonly Voter[]): readonly Voter[] {
    return voters.map((voter) => this.#cluster.driver(voter.name)?.self ?? voter)
  }

  #otherVoters(record: RingRecord, random: SeededRandom): readonly Voter[] {
    const up = this.#names.flatMap((name) => this.#cluster.driver(name)?.self ?? [])
    const wanted = shuffled(random, up).slice(0, 1 + below(random, up.length))
    return wanted.length === 0 ? record.voters : wanted
  }

  /** Progress is owed where a quorum of the newest record's voters still has what it stored. */
  #makeProgress(): boolean {
    const before = this.#cluster.checker.newest
    if (before === undefined || !this.#hasQuorum(before) || this.#isGone(before)) return this.#checkFormed(before)
    const isDone = (): boolean => {
      const newest = this.#cluster.checker.newest!
      if (!this.#hasQuorum(newest)) return true
      return (
        newest.version > before.version + 1 &&
        newest.voters.every(
          (voter) =>
            this.#cluster.driver(voter.name)?.self?.voterId !== voter.voterId ||
            (this.#cluster.record(voter.name)?.version ?? 0) >= before.version + 1,
        )
      )
    }
    const ended = this.#world.run(isDone, { forMs: quietMs })
    if (!ended)
      throw new Error(`no progress within ${quietMs} ms after the trouble ended, at version ${before.version}`)
    return true
  }

  #hasQuorum(record: RingRecord): boolean {
    return isQuorum(
      record.voters,
      (voter) => this.#cluster.driver(voter.name)?.self?.voterId === voter.voterId,
      soundRules,
    )
  }

  /** A disk was lost that was a quorum by itself (one voter, or the first of two): nothing can bring the record back. */
  #isGone(record: RingRecord): boolean {
    // Those who left on purpose had leave to: their disks do not count.
    const forgot = this.#names.some((name) => this.#cluster.node(name).disk.timesForgotten > this.#leaves(name))
    return forgot && !this.#names.some((name) => this.#cluster.record(name)?.version === record.version)
  }

  /** With all disks as they were, a ring forms. */
  #checkFormed(newest: RingRecord | undefined): boolean {
    const forgot = [...this.#cluster.nodes.values()].some((node) => node.disk.timesForgotten > 0)
    if (newest !== undefined || forgot) return false
    if (!this.#world.run(() => this.#cluster.checker.newest !== undefined, { forMs: quietMs }))
      throw new Error(`R7: no ring formed within ${quietMs} ms after the trouble ended`)
    return true
  }

  #checkHistory(): void {
    const { newest } = this.#cluster.checker
    if (newest !== undefined) this.#history.check(newest, this.#world.nowMs)
  }
}
