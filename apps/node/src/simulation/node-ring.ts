import type { Handler, IncomingRequest, Program } from '@ring/messaging'
import { below, type Clock, type NodeName, type Random, unit } from '@ring/platform'
import type { NodeEnvironment, SimulatedNode, World } from '@ring/testkit'
import type { NodePart } from '../parts/node-part.ts'
import { allRules, type NodeRules } from '../running/node-rules.ts'
import { answerBody, callOf } from './bodies.ts'
import { CallBook } from './call-book.ts'
import { LivesCheck, lifeName } from './checks/lives.ts'
import { PlacementCheck } from './checks/placement.ts'
import { QuorumCheck } from './checks/quorum.ts'
import { Client } from './client.ts'
import { LostVoters } from './lost-voters.ts'
import { NodeProcess, type Quorum } from './node-process.ts'
import { ProgramProcess } from './program-process.ts'
import { embedding, nodes, type ProgramPlace, programs, servers } from './ring-layout.ts'
import type { Trouble } from './trouble.ts'

const wordMs = 1_500
const restartMs = 1_000

export interface NodeRingOptions {
  readonly quorum: Quorum
  readonly rules: NodeRules
  /** Programs ask before they start handlers, as those of 0.3.0 do not. */
  readonly programsAsk: boolean
}

export const soundRing: Omit<NodeRingOptions, 'quorum'> = { rules: allRules, programsAsk: true }

/** A node as the ring knows it. */
interface Running {
  readonly process: NodeProcess
  /** Its start is over. */
  isRunning: boolean
  isLeaving: boolean
  resumedMs: number
}

/** Whole nodes with their programs, on machines of a world, and eyes on what they promise. */
export class NodeRing {
  readonly book: CallBook
  readonly clients: Client[] = []
  /** When server programs attached to a node, or left it. */
  readonly programChanges = new Map<NodeName, number[]>()
  readonly #world: World
  readonly #options: NodeRingOptions
  readonly #placement: PlacementCheck
  readonly #quorum: QuorumCheck | undefined
  readonly #lives: LivesCheck
  readonly #lostVoters: LostVoters
  readonly #nodes = new Map<NodeName, SimulatedNode<NodeProcess>>()
  readonly #programs = new Map<NodeName, SimulatedNode<ProgramProcess>>()
  readonly #running = new Map<NodeName, Running>()
  #trouble: Trouble | undefined
  #programLives = 0
  #isAsking = false

  constructor(world: World, options: NodeRingOptions) {
    this.#world = world
    this.#options = options
    this.book = new CallBook(world)
    this.#lostVoters = new LostVoters(world)
    this.#placement = new PlacementCheck(world, this.book, (name) => this.#incarnationOf(name))
    this.#quorum = options.quorum === 'majority' ? new QuorumCheck(world, this.book) : undefined
    const lives = {
      lifeOf: (server: NodeName) => this.#lifeOf(server),
      recordOf: (server: NodeName) => this.#statusOf(server)?.record,
      wasTroubled: (sinceMs: number) => this.#trouble?.wasOnNetwork(sinceMs, world.nowMs) ?? false,
    }
    this.#lives = new LivesCheck(world, this.book, lives, options.programsAsk)
    for (const name of nodes)
      this.#nodes.set(
        name,
        world.addNode(name, (environment) => this.#startNode(environment)),
      )
    for (const place of programs) this.#addProgram(place)
  }

  /** Every node has the same view with all servers in it, serves, and has its programs. */
  get agrees(): boolean {
    const states = nodes.map((name) => this.#statusOf(name))
    const [first] = states
    const isOne = states.every(
      (status) =>
        status?.ready === true &&
        status.record?.view.members.length === servers.length &&
        status.record.version === first?.record?.version &&
        status.record.lineage === first.record.lineage,
    )
    return isOne && [...this.#programs.values()].every(({ process }) => process?.isAttached === true)
  }

  /** The disks that were lost were too many, at that moment: it stands still by right. */
  get isLost(): boolean {
    const records = servers.map((name) => this.#statusOf(name)?.record).filter((record) => record !== undefined)
    const [latest] = records.sort((one, other) => other.version - one.version)
    return this.#options.quorum === 'majority' && latest !== undefined && this.#lostVoters.areMissed(latest)
  }

  /** What stands in the way of {@link NodeRing.agrees}. */
  get differences(): string {
    return nodes
      .map((name) => {
        const status = this.#statusOf(name)
        const { version, view } = status?.record ?? {}
        return `${name}: ${status ? `${status.ready ? 'ready' : status.delivery} ${version} ${view?.members.map((member) => member.name).join(',')}` : 'down'}`
      })
      .join('; ')
  }

  /** Clients ask from now on, and those that come. */
  ask(): void {
    this.#isAsking = true
    for (const client of this.clients) client.begin()
  }

  stopAsking(): void {
    this.#isAsking = false
    for (const client of this.clients) client.isAsking = false
  }

  /** Clients whose process lives. */
  get livingClients(): readonly Client[] {
    return this.clients.filter(({ place }) => place.isAlive())
  }

  troubled(trouble: Trouble): void {
    this.#trouble = trouble
  }

  /** A node leaves in order, and comes back. */
  leave(name: NodeName, awayMs: number): void {
    const running = this.#running.get(name)
    const node = this.#nodes.get(name)!
    if (!running?.isRunning || running.isLeaving || !node.isUp) return
    running.isLeaving = true
    this.#world.note(`leave ${name}`)
    const { process } = running
    void process.core.stop().then(() => {
      if (node.process !== process) return
      this.#world.after(0, () => node.process === process && node.crash())
      this.#world.after(awayMs, () => !node.isUp && node.restart())
    })
  }

  /** What of a node or program still holds something, at the end. */
  get leftovers(): readonly string[] {
    const found: string[] = []
    for (const name of nodes) {
      const { core } = this.#running.get(name)!.process
      if (!core.isIdle) found.push(`${name} holds exchanges or frames`)
      const attached = core.status.programs.length
      const wanted = programs.filter(({ node }) => node === name).length + (name === embedding ? 2 : 0)
      if (attached !== wanted) found.push(`${name} has ${attached} programs attached, not ${wanted}`)
    }
    for (const [name, { process }] of this.#programs)
      if (process && !process.endpoint.isIdle) found.push(`${name} holds calls or requests`)
    return found
  }

  #statusOf(name: NodeName) {
    const running = this.#running.get(name)
    const isUp = running?.isRunning === true && this.#nodes.get(name)?.process === running.process
    return isUp ? running.process.core.status : undefined
  }

  #incarnationOf(name: NodeName): number | undefined {
    return this.#running.get(name)?.isLeaving === true ? undefined : this.#statusOf(name)?.incarnation
  }

  #lifeOf(server: NodeName): string | undefined {
    const status = this.#statusOf(server)
    return status && lifeName(status.record?.lineage ?? '', { name: server, incarnation: status.incarnation })
  }

  #startNode(environment: NodeEnvironment): NodeProcess & { resumed(gapMs: number): void } {
    const { name, clock } = environment
    const world = this.#world
    const node = () => this.#nodes.get(name)!
    const process = new NodeProcess(environment, {
      ...this.#options,
      joinOnly: this.#options.quorum === 'majority' && (this.#nodes.get(name)?.disk.timesForgotten ?? 0) > 0,
      parts: [this.#observer(name)],
      onHandedOn: (body) => this.#lives.onHandedOn(name, callOf(body)),
      sayGoodbye: () => world.network.sayGoodbye(name),
    })
    const running: Running = { process, isRunning: false, isLeaving: false, resumedMs: Number.NEGATIVE_INFINITY }
    this.#running.set(name, running)
    process.core.start().then(
      () => {
        running.isRunning = true
        if (name === embedding) this.#embed(environment, running)
      },
      (error: unknown) => {
        // What starts it tries again, as systemd does.
        world.note(`${name} did not start: ${String(error)}`)
        world.after(0, () => node().process === process && node().crash())
        world.after(restartMs, () => !node().isUp && node().restart())
      },
    )
    return Object.assign(process, {
      resumed: (gapMs: number) => {
        running.resumedMs = clock.monotonicMs()
        this.#lives.resumed(name, gapMs)
        this.#quorum?.look()
      },
    })
  }

  #observer(name: NodeName): NodePart {
    return {
      name: 'observer',
      onRecord: (record) => {
        this.#placement.onRecord(name, record)
        this.#quorum?.onRecord(name, record)
        this.#lives.onRecord(record)
        this.#lostVoters.onRecord(record)
      },
    }
  }

  #embed(environment: NodeEnvironment, running: Running): void {
    const { core } = running.process
    const { name, clock, random } = environment
    const life = `inside-${name}#${++this.#programLives}`
    core.embed({ role: 'server', name: 'inside' }).serve(this.#handler(name, life, clock, random))
    this.#changed(name)
    const program = core.embed({ role: 'client', name: 'asker' })
    const node = this.#nodes.get(name)!
    this.#client(program, {
      ...{ origin: `asker-${life}`, clock, random },
      resumedMs: () => running.resumedMs,
      isAlive: () => node.process === running.process && !running.isLeaving,
    })
  }

  #addProgram(place: ProgramPlace): void {
    const world = this.#world
    const node: SimulatedNode<ProgramProcess> = world.addNode(
      place.name,
      (environment) => {
        const life = `${place.name}#${++this.#programLives}`
        const { clock, random } = environment
        const handler = place.role === 'server' ? this.#handler(place.node, life, clock, random) : undefined
        const process = new ProgramProcess(environment, {
          ...{ place, handler, wordMs: this.#options.programsAsk ? wordMs : 0 },
          changed: () => place.role === 'server' && this.#changed(place.node),
        })
        if (place.role === 'client')
          this.#client(process.program, {
            ...{ origin: life, clock, random, resumedMs: () => process.resumedMs },
            isAlive: () => this.#programs.get(place.name)?.process === process,
          })
        return process
      },
      { machineOf: place.node },
    )
    this.#programs.set(place.name, node)
  }

  #client(program: Program, place: Client['place']): void {
    const client = new Client(program, place, this.book, this.#world)
    this.clients.push(client)
    if (this.#isAsking) client.begin()
  }

  #changed(node: NodeName): void {
    this.programChanges.set(node, [...(this.programChanges.get(node) ?? []), this.#world.nowMs])
  }

  /** Answers at once, or after a while, or fails. */
  #handler(server: NodeName, program: string, clock: Clock, random: Random): Handler {
    return (request) => {
      const id = callOf(request.body)
      this.#started(id, server, program, request)
      const answer = () => {
        if (below(random, 20) === 0) throw new Error(`call ${id} is refused by its handler`)
        return answerBody(id, server, below(random, 40) === 0 ? 100_000 : 0)
      }
      if (below(random, 3) > 0) return answer()
      return new Promise<void>((resolve) => clock.after(unit(random) * 200, resolve)).then(answer)
    }
  }

  #started(id: number, server: NodeName, program: string, request: IncomingRequest): void {
    const { epoch, version, partition } = request
    const started = this.book.started(id, { server, program, epoch, version, partition })
    if (!started) return
    this.#placement.onStart(started.call, started.start)
    this.#quorum?.onStart(started.call, started.start)
    this.#lives.onStart(started.call, started.start)
  }
}
