import { below, type NodeName, nodeName, unit } from '@ring/platform'
import type { SeededRandom, SimulatedNode, World } from '@ring/testkit'
import { GatedNode, type GateRules } from './gated-node.ts'
import { requestFrames, SimulatedProgram } from './simulated-program.ts'

const servers = 5
const wordMs = 1_500
/** That a life is out takes its time to get to it, where it runs (a merge, say); a pause lets it start nothing at all. */
const newsMs = 250
/** Half of the detection time: from here on who stood still doubts its life. */
const doubtMs = 1_500
/** The longest way from a node to its program in these worlds. */
const wayMs = 50

export interface GatedRingOptions {
  readonly quorum: 'none' | 'majority'
  readonly rules: GateRules
  /** Whether programs stand still, too, or compute for long. */
  readonly programsStop: boolean
}

interface Machine {
  readonly node: SimulatedNode<GatedNode>
  readonly program: SimulatedNode<SimulatedProgram>
}

/** Servers with a program each, peers that ask them all the time, and an eye on what is started when. */
export class GatedRing {
  readonly machines: readonly Machine[]
  started = 0
  /** What must not be: an exception would only be a failed handler. */
  readonly violations: string[] = []
  readonly #world: World
  readonly #random: SeededRandom
  readonly #options: GatedRingOptions
  readonly #stoppedAtMs = new Map<NodeName, number>()
  /** From when to when each has stood still. */
  readonly #stops = new Map<NodeName, { readonly fromMs: number; readonly toMs: number }[]>()
  /** By which life a request was handed to its program, and when. */
  readonly #passedBy = new Map<number, { readonly life: string; readonly atMs: number }>()
  /** Lives that were in a view of somebody, by lineage, and the last version in which they were. */
  readonly #seen = new Map<string, number>()
  /** Since when somebody has a view without them. */
  readonly #outSinceMs = new Map<string, number>()
  #requests = 0

  constructor(world: World, options: GatedRingOptions) {
    this.#world = world
    this.#options = options
    this.#random = world.random.fork('gated ring')
    const names = Array.from({ length: servers }, (_, at) => nodeName(`${String.fromCharCode(97 + at)}:1`))
    const programs = names.map((name) => this.#addProgram(name, options))
    const nodes = names.map((name) => this.#addNode(name, names, options))
    this.machines = nodes.map((node, at) => ({ node, program: programs[at]! }))
  }

  get agrees(): boolean {
    const [first] = this.machines
    const record = first?.node.process?.membership.record
    return (
      record?.view.members.length === servers &&
      this.machines.every(
        ({ node: { process } }) => process!.membership.record?.version === record.version && process!.gate.isOpen,
      )
    )
  }

  /** Peers ask every server every few milliseconds, for so long; now and then with a large body that comes bit by bit. */
  ask(forMs: number): void {
    const untilMs = this.#world.nowMs + forMs
    const next = () => {
      if (this.#world.nowMs > untilMs) return
      for (const { node } of this.machines) this.#askOne(node)
      this.#world.after(15, next)
    }
    next()
  }

  /** Trouble of one kind after the other, for so long: processes that stand still in all the ways in which they do. */
  disturb(forMs: number): void {
    const untilMs = this.#world.nowMs + forMs
    const next = () => {
      if (this.#world.nowMs > untilMs) return
      this.#trouble()
      this.#world.after(500 + unit(this.#random) * 4_000, next)
    }
    next()
  }

  #trouble(): void {
    const at = below(this.#random, servers)
    const { node, program } = this.machines[at]!
    switch (below(this.#random, this.#options.programsStop ? 6 : 4)) {
      case 0:
        return this.#still([node], 300 + unit(this.#random) * 7_000)
      case 1:
        // Once more before it is back.
        return this.#still([node], 3_500 + unit(this.#random) * 4_000, () => {
          this.#world.after(unit(this.#random) * 60, () => this.#still([node], 420 + unit(this.#random) * 3_000))
        })
      case 2:
        return this.#stutter(node, 20 + below(this.#random, 30), 200 + unit(this.#random) * 1_250)
      case 3: {
        // Two of a machine.
        const other = this.machines[(at + 1) % servers]!.node
        return this.#still([node, other], 3_500 + unit(this.#random) * 3_000)
      }
      case 4:
        // All that is on the machine.
        return this.#still([node, program], 1_000 + unit(this.#random) * 7_000)
      default:
        // A program that computes, while its node stands still and comes back before it.
        this.#still([node], unit(this.#random) * 6_000)
        return this.#still([program], 500 + unit(this.#random) * 9_000)
    }
  }

  #still(nodes: readonly SimulatedNode[], forMs: number, then: () => void = () => undefined): void {
    const stopped = nodes.filter((node) => !node.isPaused)
    for (const node of stopped) {
      this.#stoppedAtMs.set(node.name, this.#world.nowMs)
      node.pause()
    }
    const fromMs = this.#world.nowMs
    this.#world.after(forMs, () => {
      for (const node of stopped) {
        node.resume()
        const stops = this.#stops.get(node.name) ?? []
        this.#stops.set(node.name, [...stops, { fromMs, toMs: this.#world.nowMs }])
      }
      then()
    })
  }

  #stutter(node: SimulatedNode, stops: number, stopMs: number): void {
    if (stops === 0 || node.isPaused) return
    this.#still([node], stopMs, () => {
      this.#world.after(10 + unit(this.#random) * 40, () => this.#stutter(node, stops - 1, stopMs))
    })
  }

  #askOne(node: SimulatedNode<GatedNode>): void {
    const id = this.#requests++
    const isLarge = below(this.#random, 5) === 0
    const frames = requestFrames(id, id % 512, isLarge ? 3 : 1)
    let afterMs = 0
    for (const frame of frames) {
      this.#world.after(afterMs, () => node.life.deliver(() => node.process?.receive(frame)))
      afterMs += 50 + unit(this.#random) * 1_500
    }
  }

  #addNode(name: NodeName, names: readonly NodeName[], { quorum, rules }: GatedRingOptions): SimulatedNode<GatedNode> {
    return this.#world.addNode(
      name,
      (environment) =>
        new GatedNode(environment, {
          ...{ servers: names, quorum, rules, program: programOf(name) },
          onLives: (lives, lineage, version) => this.#installed(lives, lineage, version),
          onPassed: (id, life) => this.#passed(id, life),
        }),
    )
  }

  #addProgram(name: NodeName, { rules }: GatedRingOptions): SimulatedNode<SimulatedProgram> {
    return this.#world.addNode(
      programOf(name),
      (environment) =>
        new SimulatedProgram(environment, {
          wordMs: rules.programsAsk ? wordMs : 0,
          onStart: (id) => this.#start(id, this.machines.find(({ node }) => node.name === name)!.node),
        }),
    )
  }

  /**
   * Who wakes may install what is long past: only a later version takes a life out. And with `QUORUM = none` a branch takes
   * nobody out of the lineage that it left: both sides live on.
   */
  #installed(lives: ReadonlySet<string>, lineage: string, version: number): void {
    for (const [life, lastVersion] of this.#seen) {
      if (!life.startsWith(lineage) || lives.has(life) || this.#outSinceMs.has(life) || lastVersion >= version) continue
      this.#outSinceMs.set(life, this.#world.nowMs)
      this.#world.note(`out: ${life}`)
    }
    for (const life of lives) this.#seen.set(life, Math.max(version, this.#seen.get(life) ?? 0))
  }

  #passed(id: number, life: string): void {
    this.#passedBy.set(id, { life, atMs: this.#world.nowMs })
    if (!this.#seen.has(life)) this.violations.push(`M3: request ${id} was handed on by ${life}, which is in no view`)
  }

  /**
   * What was handed on before the node stopped, while it was sure of itself: on its way to the program, or started on a word
   * from before the stop, which may be so old.
   */
  #isFromBeforeStop(passedMs: number, { name }: SimulatedNode<GatedNode>): boolean {
    const stoppedMs = this.#stoppedAtMs.get(name) ?? 0
    if (passedMs > stoppedMs) return false
    const { nowMs } = this.#world
    return this.#options.rules.programsAsk ? nowMs - stoppedMs <= wordMs : nowMs - passedMs <= wayMs
  }

  #stoodStillSince(sinceMs: number, { name }: SimulatedNode<GatedNode>): number {
    const stops = this.#stops.get(name) ?? []
    return stops.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, toMs - Math.max(fromMs, sinceMs)), 0)
  }

  #start(id: number, node: SimulatedNode<GatedNode>): void {
    this.started++
    const { life: passedBy, atMs: passedMs } = this.#passedBy.get(id)!
    const now = node.process!.life
    // The same life may stand in a branch by now, and be in order there.
    const life = withoutLineage(passedBy) === withoutLineage(now) ? now : passedBy
    const outMs = this.#outSinceMs.get(life)
    if (outMs === undefined) return
    const lateMs = Math.round(this.#world.nowMs - outMs)
    const stoodMs = this.#stoodStillSince(outMs, node)
    // A stop that is too short for a doubt delays the news by as long.
    const isTooShort = this.#stoodStillSince(outMs - doubtMs, node) < doubtMs
    const newsAfterMs = newsMs + (isTooShort ? stoodMs : 0)
    if (lateMs <= newsAfterMs || this.#isFromBeforeStop(passedMs, node)) return
    this.violations.push(`M3: request ${id} was started ${lateMs} ms after ${life} was out of the view`)
  }
}

const withoutLineage = (life: string) => life.slice(life.indexOf(' '))
const programOf = (name: NodeName) => nodeName(`program-${name}`)
