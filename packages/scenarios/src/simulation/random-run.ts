import type { StatePart } from '@ring/gms'
import { SimulatedGroup, type SimulatedMember } from '@ring/gms/simulation'
import { below, unit } from '@ring/platform'
import {
  allFaultKinds,
  FaultPlan,
  type SimulatedNode,
  safetyThenLiveness,
  usualFaultKinds,
  type World,
} from '@ring/testkit'
import { Promises } from './promises.ts'
import type { Subject } from './subject.ts'

const servers = 5
const slaves = 2
const troubleMs = 30_000

/** How long a healed group may take to one view; a majority may have to wait for what it promised to the lost. */
const settleMs = { none: 20_000, majority: 60_000 }

/** What a run came to, for statistics. */
export interface RandomRunResult {
  readonly views: number
  readonly leaves: number
  /** From the end of the trouble until all agreed, in milliseconds of the world. */
  readonly settledMs: number
}

/**
 * One random life of a group: faults of all kinds, members that leave and come back; then a healed world, in which
 * it has to come to one view. Throws when a promise is broken.
 */
export function randomRun(world: World, { quorum, rules, merging }: Subject): RandomRunResult {
  const options = { servers, slaves, quorum, parts: [names], ...(rules && { rules }) }
  const group = new SimulatedGroup(world, quorum === 'none' ? { ...options, merging } : options)
  // Where the rare kinds are drawn, too, there is less of each.
  const kinds = below(world.random.fork('fault kinds'), 2) === 0 ? usualFaultKinds : allFaultKinds
  const faults = new FaultPlan(world, { nodes: world.nodes.map(({ name }) => name), durationMs: troubleMs, kinds })
  const promises = new Promises(group, quorum, faults.quietAtMs, settleMs[quorum])
  comeAndGo(world, group, promises, faults.quietAtMs)
  const settledMs = safetyThenLiveness({
    world,
    faults,
    isSettled: () => group.agrees,
    withinMs: settleMs[quorum],
    why: () => group.running.map(({ names }) => `[${names}]`).join(' '),
  })
  return { views: promises.views, leaves: promises.leaves, settledMs }
}

/** A part that says who is in the view: wherever it says otherwise, the two did not change together (rule M1). */
const names: StatePart<string> = {
  name: 'names',
  maxChars: 1_000_000,
  check: (own) => typeof own === 'string',
  follow: (_own, { view }) => view.members.map(({ name }) => name).join(' '),
  apply: (own) => ({ own, outcome: null }),
}

/** Now and then one leaves and comes back; in half of the worlds nobody does. */
function comeAndGo(world: World, group: SimulatedGroup, promises: Promises, untilMs: number): void {
  const random = world.random.fork('come and go')
  if (below(random, 2) === 0) return
  const meanGapMs = 500 + unit(random) * 5_000
  const nodes = [...group.servers, ...group.slaves]
  const next = (): void => {
    const gapMs = -Math.log(1 - unit(random)) * meanGapMs
    if (world.nowMs + gapMs > untilMs - 5_000) return
    world.after(gapMs, () => {
      const node = nodes[below(random, nodes.length)]!
      const awayMs = unit(random) * 4_000
      if (node.isUp && !node.isPaused && isIn(node)) leaveAndReturn(world, node, promises, awayMs)
      next()
    })
  }
  next()
}

function isIn({ process }: SimulatedNode<SimulatedMember>): boolean {
  return process!.membership.status.phase === 'member'
}

function leaveAndReturn(world: World, node: SimulatedNode<SimulatedMember>, promises: Promises, awayMs: number): void {
  world.note(`leave ${node.name}`)
  promises.leave(node, () => {
    node.stop()
    world.after(awayMs, () => {
      if (!node.isUp) node.restart()
    })
  })
}
