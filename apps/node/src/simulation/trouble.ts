import { below, type NodeName, type Random, shuffled, unit } from '@ring/platform'
import {
  type Fault,
  type FaultKind,
  FaultPlan,
  type Recording,
  replay,
  type TimedFault,
  type World,
} from '@ring/testkit'
import { nodes, programs, servers } from './ring-layout.ts'

/** Kinds of trouble beside processes that stand still; `wall-jump` and `refuse` break promises by right. */
const kinds: readonly FaultKind[] = [
  ...(['crash', 'forget', 'pause', 'cut', 'partition', 'one-way-partition', 'isolate', 'swizzle'] as const),
  ...(['slow-network', 'full-disk', 'clock-rate', 'silent-links'] as const),
]
const networkKinds = new Set<Fault['kind']>([
  ...(['cut', 'partition', 'isolate', 'slow-network', 'loss', 'silent-links'] as const),
])
/** Stops of all lengths: too short for a doubt, and longer than it takes to be given up. */
const shortestMs = 300
const longestMs = 7_300

/** What a seed does to its ring. */
export class Trouble {
  readonly untilMs: number
  readonly #faults: readonly TimedFault[]

  /** Half of the seeds only let processes stand still: views are not late then, and whoever is out must start nothing. */
  constructor(world: World, seed: number, durationMs: number) {
    this.untilMs = world.nowMs + durationMs
    const onlyStops = seed % 2 === 1
    const plan = new FaultPlan(world, { nodes, durationMs, kinds: onlyStops ? [] : kinds, forgetMax: 1 })
    const stops = world.recorded(drawnStops(world, onlyStops ? 2_000 : 6_000, this.untilMs))
    plan.schedule()
    replay(world, stops)
    this.#faults = [...plan.recording.faults, ...stops.faults]
  }

  /** Whether the network was troubled at a time since then. */
  wasOnNetwork(sinceMs: number, nowMs: number): boolean {
    return this.#faults.some(({ atMs, forMs, fault }) => {
      const endMs = fault.kind === 'silent-links' ? Number.POSITIVE_INFINITY : atMs + forMs
      return networkKinds.has(fault.kind) && atMs <= nowMs && endMs >= sinceMs
    })
  }
}

/** Processes that stand still, in all the ways in which they do, and programs that end. */
function drawnStops(world: World, meanGapMs: number, untilMs: number): Recording {
  const random = world.random.fork('stops')
  const faults: TimedFault[] = []
  let atMs = world.nowMs
  for (;;) {
    atMs -= Math.log(1 - unit(random)) * meanGapMs
    if (atMs >= untilMs) break
    faults.push(...drawn(random, atMs))
  }
  return { seed: world.seed, untilMs, nodes: [...nodes, ...programs.map(({ name }) => name)], faults }
}

function drawn(random: Random, atMs: number): readonly TimedFault[] {
  const [node, other] = shuffled(random, servers) as [NodeName, NodeName]
  const between = (least: number, most: number) => least + unit(random) * (most - least)
  const forMs = between(shortestMs, longestMs)
  const onMachine = programs.filter((place) => place.node === node).map(({ name }) => name)
  switch (below(random, 8)) {
    case 0:
      return [stop(node, atMs, forMs)]
    case 1: {
      // Once more before it is back.
      const firstMs = between(3_500, 7_500)
      const againMs = atMs + firstMs + between(0, 60)
      return [stop(node, atMs, firstMs), stop(node, againMs, between(420, 3_420))]
    }
    case 2:
      return stutter(random, node, atMs)
    case 3:
      // Two of a machine.
      return [node, other].map((one) => stop(one, atMs, Math.max(3_500, forMs)))
    case 4:
      // All that is on the machine.
      return [node, ...onMachine].map((one) => stop(one, atMs, forMs))
    case 5:
      // Programs that compute, while their node stands still and comes back before them.
      return [stop(node, atMs, forMs), ...onMachine.map((one) => stop(one, atMs, forMs + between(0, 2_000)))]
    case 6:
      return programs
        .slice(below(random, programs.length))
        .slice(0, 1)
        .map(({ name }) => stop(name, atMs, forMs))
    default: {
      const { name } = programs[below(random, programs.length)]!
      return [{ atMs, forMs: between(10, 3_000), fault: { kind: 'crash', node: name } }]
    }
  }
}

function stutter(random: Random, node: NodeName, fromMs: number): readonly TimedFault[] {
  const stops = 5 + below(random, 15)
  const faults: TimedFault[] = []
  let atMs = fromMs
  const stopMs = 200 + unit(random) * 1_250
  for (let count = 0; count < stops; count++) {
    faults.push(stop(node, atMs, stopMs))
    atMs += stopMs + 10 + unit(random) * 40
  }
  return faults
}

function stop(node: NodeName, atMs: number, forMs: number): TimedFault {
  return { atMs, forMs, fault: { kind: 'pause', node, clock: 'runs' } }
}
