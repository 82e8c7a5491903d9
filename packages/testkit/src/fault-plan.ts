import { below, type NodeName, type Random, shuffled, unit } from '@ring/platform'
import type { World } from './world.ts'

/** The kinds of trouble a plan can make. */
export type FaultKind = 'crash' | 'pause' | 'cut' | 'partition' | 'wall-jump' | 'forget' | 'slow-network' | 'full-disk'

export interface FaultPlanOptions {
  readonly nodes: readonly NodeName[]
  /** Trouble begins now and ends after this long; then everything is healed, resumed and restarted. */
  readonly durationMs: number
  /** What may happen; each run draws a part of them. Default: all but `forget`. */
  readonly kinds?: readonly FaultKind[]
  /** At most this many nodes lose their disk in the whole run (default 0). */
  readonly forgetMax?: number
}

/** What was drawn for a run, to be printed with its seed. */
export interface DrawnFaults {
  readonly kinds: readonly FaultKind[]
  readonly meanGapMs: number
  readonly meanLengthMs: number
  readonly loss: number
  readonly duplication: number
}

const usualKinds: readonly FaultKind[] = [
  'crash',
  'pause',
  'cut',
  'partition',
  'wall-jump',
  'slow-network',
  'full-disk',
]

/**
 * Draws trouble from the world's seed, the swarm way: first which kinds of trouble this run has and how often, then the
 * events. Runs that lack a kind find what runs with everything hide. Ends in a quiet phase, in which a protocol has to
 * make progress.
 */
export class FaultPlan {
  readonly drawn: DrawnFaults
  readonly #world: World
  readonly #options: FaultPlanOptions
  readonly #random: Random
  readonly #endMs: number
  readonly #ordinary: World['network']['options']
  readonly #forgotten = new Set<NodeName>()

  constructor(world: World, options: FaultPlanOptions) {
    this.#world = world
    this.#options = options
    this.#random = world.random.fork('faults')
    this.#endMs = world.nowMs + options.durationMs
    this.#ordinary = world.network.options
    this.drawn = this.#draw()
  }

  /** When the quiet phase begins, in milliseconds of the world. */
  get quietAtMs(): number {
    return this.#endMs
  }

  /** Schedules everything. Returns the plan, for chaining. */
  schedule(): this {
    const { loss, duplication } = this.drawn
    this.#world.note(`faults ${JSON.stringify(this.drawn)}`)
    this.#world.network.options = { ...this.#ordinary, loss, duplication }
    if (this.drawn.kinds.length > 0) this.#scheduleNext()
    this.#world.at(this.#endMs, () => {
      this.#makeQuiet()
    })
    return this
  }

  #draw(): DrawnFaults {
    const random = this.#random
    const allowed = this.#options.kinds ?? usualKinds
    const chance = (highest: number): number => (below(random, 2) === 0 ? 0 : unit(random) * highest)
    return {
      kinds: allowed.filter(() => below(random, 2) === 0),
      meanGapMs: 50 + unit(random) * 2_000,
      meanLengthMs: 20 + unit(random) * 3_000,
      loss: chance(this.#ordinary.mode === 'datagram' ? 0.3 : 0.02),
      duplication: chance(0.3),
    }
  }

  #scheduleNext(): void {
    const atMs = this.#world.nowMs - Math.log(1 - unit(this.#random)) * this.drawn.meanGapMs
    if (atMs >= this.#endMs) return
    this.#world.at(atMs, () => {
      this.#strike()
      this.#scheduleNext()
    })
  }

  #strike(): void {
    const random = this.#random
    const kind = this.drawn.kinds[below(random, this.drawn.kinds.length)]!
    const names = shuffled(random, this.#options.nodes)
    const lengthMs = 1 - Math.log(1 - unit(random)) * this.drawn.meanLengthMs
    const end = this.#begin(kind, names, lengthMs)
    this.#world.at(Math.min(this.#endMs, this.#world.nowMs + lengthMs), end)
  }

  /** Begins one fault; what it returns ends it. */
  #begin(kind: FaultKind, names: readonly NodeName[], lengthMs: number): () => void {
    const world = this.#world
    const node = world.node(names[0]!)
    switch (kind) {
      case 'crash':
        return this.#crash(names[0]!, 'kept')
      case 'forget':
        return this.#forget(names[0]!)
      case 'pause': {
        node.pause(below(this.#random, 4) === 0 ? 'stops' : 'runs')
        return () => {
          node.resume()
        }
      }
      case 'cut':
        return this.#cut(names)
      case 'partition':
        return this.#partition(names)
      case 'wall-jump': {
        const byMs = Math.round((unit(this.#random) - 0.5) * 2 * 600_000)
        world.note(`wall clock of ${node.name} jumps by ${byMs} ms`)
        node.clock.jumpWall(byMs)
        return nothing
      }
      case 'slow-network':
        return this.#slowNetwork(lengthMs)
      case 'full-disk': {
        const ordinary = node.disk.options
        if (ordinary.writeFailure > 0) return nothing
        world.note(`disk of ${node.name} fails`)
        node.disk.options = { ...ordinary, writeFailure: 0.5 + unit(this.#random) / 2 }
        return () => {
          node.disk.options = ordinary
        }
      }
    }
  }

  #crash(name: NodeName, disk: 'kept' | 'empty'): () => void {
    const node = this.#world.node(name)
    if (!node.isUp) return nothing
    node.crash()
    return () => {
      if (!node.isUp) node.restart(disk)
    }
  }

  #forget(name: NodeName): () => void {
    if (this.#forgotten.size >= (this.#options.forgetMax ?? 0) && !this.#forgotten.has(name)) return nothing
    const node = this.#world.node(name)
    if (!node.isUp) return nothing
    this.#forgotten.add(name)
    this.#world.note(`disk of ${name} is exchanged for an empty one`)
    node.crash()
    node.disk.forget()
    return () => {
      if (!node.isUp) node.restart()
    }
  }

  #cut(names: readonly NodeName[]): () => void {
    const [from, to] = names
    if (from === undefined || to === undefined) return nothing
    this.#world.note(`cut ${from} > ${to}`)
    this.#world.network.connectivity.cut(from, to)
    return () => {
      this.#world.note(`mend ${from} > ${to}`)
      this.#world.network.connectivity.mend(from, to)
    }
  }

  #partition(names: readonly NodeName[]): () => void {
    const size = 1 + below(this.#random, Math.max(1, names.length - 1))
    const side = names.slice(0, size)
    this.#world.note(`partition ${side.join(',')} | ${names.slice(size).join(',')}`)
    this.#world.network.connectivity.partition([side, names.slice(size)])
    return () => {
      this.#world.note('partition ends')
      this.#world.network.connectivity.partition([])
    }
  }

  #slowNetwork(lengthMs: number): () => void {
    const { network } = this.#world
    const factor = 5 + unit(this.#random) * 50
    const { delay } = this.#ordinary
    this.#world.note(`network slower by ${factor.toFixed(1)} for ${Math.round(lengthMs)} ms`)
    network.options = { ...network.options, delay: { minMs: delay.minMs, meanMs: delay.meanMs * factor } }
    return () => {
      network.options = { ...network.options, delay }
    }
  }

  #makeQuiet(): void {
    const world = this.#world
    world.note('quiet')
    world.network.connectivity.heal()
    world.network.options = this.#ordinary
    for (const name of this.#options.nodes) {
      const node = world.node(name)
      node.disk.options = { ...node.disk.options, writeFailure: 0 }
      node.resume()
      if (!node.isUp) node.restart()
    }
  }
}

function nothing(): void {
  // This fault needs no end.
}
