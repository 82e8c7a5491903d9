import { below, type NodeName, type Random, shuffled, unit } from '@ring/platform'
import type { World } from '../world.ts'
import type { Fault, Recording, TimedFault } from './fault.ts'
import { replay } from './fault-injector.ts'

/**
 * The kinds of trouble a plan can make. `cut` is one way between two nodes, `one-way-partition` one way between two sides,
 * `isolate` cuts one node off from all others. `swizzle` cuts off some nodes one by one, and lets them back one by
 * one in another order.
 */
export type FaultKind =
  | 'crash'
  | 'pause'
  | 'cut'
  | 'partition'
  | 'wall-jump'
  | 'forget'
  | 'slow-network'
  | 'full-disk'
  | 'clock-rate'
  | 'refuse'
  | 'isolate'
  | 'one-way-partition'
  | 'swizzle'
  | 'narrow-network'
  | 'silent-links'

export interface FaultPlanOptions {
  readonly nodes: readonly NodeName[]
  /** Trouble begins now and ends after this long; then everything is healed, resumed and restarted. */
  readonly durationMs: number
  /** What may happen; each run draws a part of them. Default: {@link usualFaultKinds}. */
  readonly kinds?: readonly FaultKind[]
  /** At most this many nodes lose their disk in the whole run (default 0). */
  readonly forgetMax?: number
  /** How far a clock's rate may be off, as a part of 1 (default 0.01). */
  readonly clockRateMax?: number
}

/** What was drawn for a run, to be printed with its seed. */
export interface DrawnFaults {
  readonly kinds: readonly FaultKind[]
  readonly meanGapMs: number
  readonly meanLengthMs: number
  readonly loss: number
  readonly duplication: number
}

/** What a plan draws from when it is not told. */
export const usualFaultKinds: readonly FaultKind[] = [
  'crash',
  'pause',
  'cut',
  'partition',
  'wall-jump',
  'slow-network',
  'full-disk',
]

/** Everything but `forget`, which breaks many a promise by right, and `silent-links`: these are to be asked for. */
export const allFaultKinds: readonly FaultKind[] = [
  ...usualFaultKinds,
  'clock-rate',
  'refuse',
  'isolate',
  'one-way-partition',
  'swizzle',
  'narrow-network',
]

/**
 * Draws trouble from the world's seed, the swarm way: first which kinds of trouble this run has and how often, then the
 * events. Runs that lack a kind find what runs with everything hide. Ends in a quiet phase, in which a protocol has to
 * make progress. All is drawn before the first event: the recording can be kept, shortened and replayed.
 */
export class FaultPlan {
  readonly drawn: DrawnFaults
  /** What will be done: what was drawn, or what the world was told to replay instead. */
  readonly recording: Recording
  readonly #world: World
  readonly #options: FaultPlanOptions
  readonly #random: Random
  readonly #endMs: number
  readonly #forgotten = new Set<NodeName>()

  constructor(world: World, options: FaultPlanOptions) {
    this.#world = world
    this.#options = options
    this.#random = world.random.fork('faults')
    this.#endMs = world.nowMs + options.durationMs
    this.drawn = this.#draw()
    const { seed } = world
    const faults = this.#drawFaults()
    this.recording = world.recorded({ seed, untilMs: this.#endMs, nodes: options.nodes, faults })
  }

  /** When the quiet phase begins, in milliseconds of the world. */
  get quietAtMs(): number {
    return this.recording.untilMs
  }

  /** Schedules everything. Returns the plan, for chaining. */
  schedule(): this {
    this.#world.note(() => `faults ${JSON.stringify(this.drawn)}`)
    replay(this.#world, this.recording)
    return this
  }

  #draw(): DrawnFaults {
    const random = this.#random
    const allowed = this.#options.kinds ?? usualFaultKinds
    const chance = (highest: number): number => (below(random, 2) === 0 ? 0 : unit(random) * highest)
    return {
      kinds: allowed.filter(() => below(random, 2) === 0),
      meanGapMs: 50 + unit(random) * 2_000,
      meanLengthMs: 20 + unit(random) * 3_000,
      loss: chance(this.#world.network.options.mode === 'datagram' ? 0.3 : 0.02),
      duplication: chance(0.3),
    }
  }

  #drawFaults(): readonly TimedFault[] {
    const { kinds, loss, duplication } = this.drawn
    const beginMs = this.#world.nowMs
    const always = (fault: Fault): TimedFault => ({ atMs: beginMs, forMs: this.#endMs - beginMs, fault })
    const faults: TimedFault[] = []
    if (loss > 0) faults.push(always({ kind: 'loss', probability: loss }))
    if (duplication > 0) faults.push(always({ kind: 'duplication', probability: duplication }))
    if (kinds.length === 0) return faults
    for (let atMs = this.#gapAfter(beginMs); atMs < this.#endMs; atMs = this.#gapAfter(atMs))
      faults.push(...this.#strike(atMs))
    return faults
  }

  #gapAfter(atMs: number): number {
    return atMs - Math.log(1 - unit(this.#random)) * this.drawn.meanGapMs
  }

  #strike(atMs: number): readonly TimedFault[] {
    const random = this.#random
    const kind = this.drawn.kinds[below(random, this.drawn.kinds.length)]!
    const names = shuffled(random, this.#options.nodes)
    const forMs = 1 - Math.log(1 - unit(random)) * this.drawn.meanLengthMs
    if (kind === 'swizzle') return this.#swizzle(names, atMs, forMs)
    const fault = this.#fault(kind, names)
    return fault === undefined ? [] : [{ atMs, forMs, fault }]
  }

  /** One fault of a kind, on the first of the names; nothing where the kind makes no sense. */
  #fault(kind: Exclude<FaultKind, 'swizzle'>, names: readonly NodeName[]): Fault | undefined {
    const random = this.#random
    const [node, other] = names as [NodeName, NodeName | undefined]
    switch (kind) {
      case 'crash':
        return { kind, node }
      case 'forget':
        return this.#forget(node)
      case 'pause':
        return { kind, node, clock: below(random, 4) === 0 ? 'stops' : 'runs' }
      case 'cut':
        return other === undefined ? undefined : { kind, from: [node], to: [other] }
      case 'refuse':
        return other === undefined ? undefined : { kind, from: node, to: other }
      case 'partition':
      case 'one-way-partition': {
        const size = 1 + below(random, Math.max(1, names.length - 1))
        const sides = [names.slice(0, size), names.slice(size)] as const
        return kind === 'partition' ? { kind, groups: sides } : { kind: 'cut', from: sides[0], to: sides[1] }
      }
      case 'silent-links':
        return other === undefined
          ? undefined
          : { kind, plane: below(random, 2) === 0 ? 'data' : 'control', between: [node, other] }
      case 'isolate':
        return { kind, node, way: (['both', 'in', 'out'] as const)[below(random, 3)]! }
      case 'wall-jump':
        return { kind, node, byMs: Math.round((unit(random) - 0.5) * 2 * 600_000) }
      case 'clock-rate':
        return { kind, node, rate: 1 + (2 * unit(random) - 1) * (this.#options.clockRateMax ?? 0.01) }
      case 'slow-network':
        return { kind, factor: 5 + unit(random) * 50 }
      case 'narrow-network':
        return { kind, bytesPerSecond: Math.round(10 ** (3 + unit(random) * 3)) }
      case 'full-disk':
        return { kind, node, probability: 0.5 + unit(random) / 2 }
    }
  }

  #forget(node: NodeName): Fault | undefined {
    if (this.#forgotten.size >= (this.#options.forgetMax ?? 0) && !this.#forgotten.has(node)) return undefined
    this.#forgotten.add(node)
    return { kind: 'forget', node }
  }

  /** Cuts off some nodes one after another, and lets them back in another order. */
  #swizzle(names: readonly NodeName[], atMs: number, forMs: number): readonly TimedFault[] {
    const chosen = names.slice(0, 1 + below(this.#random, names.length))
    const back = shuffled(this.#random, chosen)
    const stepMs = forMs / 2 / chosen.length
    return chosen.map((node, index) => {
      const fromMs = atMs + index * stepMs
      const toMs = atMs + forMs / 2 + (back.indexOf(node) + 1) * stepMs
      return { atMs: fromMs, forMs: toMs - fromMs, fault: { kind: 'isolate', node, way: 'both' } }
    })
  }
}
