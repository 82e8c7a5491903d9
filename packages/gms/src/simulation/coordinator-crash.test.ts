import type { NodeName } from '@ring/platform'
import { type SimulatedNode, seedsFrom, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { type GroupOptions, SimulatedGroup, type SimulatedMember } from './simulated-group.ts'

type Quorum = GroupOptions['quorum']

/** Something that goes on in a settled group of five, of which the last is not started yet; returns when it is over. */
type Change = (group: SimulatedGroup, names: readonly NodeName[]) => () => boolean

interface Outcome {
  readonly settledMs: number | undefined
  readonly views: string
}

const join: Change = (group) => {
  group.server('f').restart()
  return () => group.agrees
}

/** The third member leaves, and its process ends when it may. */
const leave: Change = (group, names) => leaving(group, group.servers.find(({ name }) => name === names[2])!)

const coordinatorLeaves: Change = (group, names) => leaving(group, group.servers.find(({ name }) => name === names[0])!)

function leaving(group: SimulatedGroup, node: SimulatedNode<SimulatedMember>): () => boolean {
  const process = node.process!
  process.leave()
  const stopWhenLeft = (): void => {
    if (node.process !== process) return
    if (process.left) node.stop()
    group.world.after(1, stopWhenLeft)
  }
  stopWhenLeft()
  return () => process.left && group.agrees
}

type Fault = 'crashes' | 'restarts' | 'sleeps'

interface Case {
  readonly fault: Fault
  readonly change: Change
  readonly quorum: Quorum
}

/** Six servers, of which the last is not started. */
function groupOfFive(quorum: Quorum, seed: number): SimulatedGroup {
  const group = new SimulatedGroup(new World({ seed }), { servers: 6, quorum })
  group.server('f').crash()
  expect(group.settle()).toBeDefined()
  return group
}

/** Lets the group be the five again, whoever has come or gone: to form a new one for each step took half of the time. */
function restore(group: SimulatedGroup): void {
  for (const node of group.servers) {
    const isWanted = node !== group.server('f')
    if (isWanted && !node.isUp) node.restart()
    if (!isWanted && node.isUp) node.crash()
  }
  expect(group.settle(20_000)).toBeDefined()
}

const orderOf = (group: SimulatedGroup): readonly NodeName[] =>
  group.member('a').membership.record!.view.members.map(({ name }) => name)

/** How many events the change takes where nothing fails. */
function eventsOf(group: SimulatedGroup, change: Change): number {
  const isOver = change(group, orderOf(group))
  let count = -1
  const isOverNow = (): boolean => {
    count++
    return isOver()
  }
  expect(group.world.run(isOverNow, { forMs: 10_000 })).toBe(true)
  restore(group)
  return count
}

/** Lets the coordinator fail after the given number of events of the change. */
function failAfter(group: SimulatedGroup, events: number, { fault, change }: Case): Outcome {
  const { world } = group
  const names = orderOf(group)
  const coordinator = group.servers.find(({ name }) => name === names[0])!
  const isOver = change(group, names)
  let count = 0
  world.run(() => isOver() || count++ >= events, { forMs: 10_000 })
  if (fault === 'restarts') coordinator.restart()
  else if (fault === 'crashes') coordinator.crash()
  else {
    coordinator.pause()
    world.run(world.nowMs + 6_000)
    coordinator.resume()
  }
  const settledMs = group.settle(20_000)
  // Who leaves ends by itself within its time-out.
  world.run(world.nowMs + 2_500)
  const again = group.settle(20_000)
  return {
    settledMs: settledMs === undefined || again === undefined ? undefined : settledMs + again,
    views: group.running.map((member) => `[${member.names}]`).join(' '),
  }
}

describe('at any step of a change', () => {
  const changes = { 'a join': join, 'a leave': leave, 'its own leave': coordinatorLeaves }
  const cases = (['none', 'majority'] as const).flatMap((quorum) =>
    (['crashes', 'restarts', 'sleeps'] as const).flatMap((fault) =>
      Object.entries(changes).map(([name, change]) => ({ fault, name, change, quorum })),
    ),
  )

  it.each(cases)('the coordinator $fault in $name: one common view soon (QUORUM = $quorum)', (given) => {
    let longestMs = 0
    let steps = 0
    for (const seed of seedsFrom(process.env, 1)) {
      const group = groupOfFive(given.quorum, seed)
      const last = eventsOf(group, given.change)
      for (let events = 0; events <= last; events++) {
        const { settledMs, views } = failAfter(group, events, given)
        steps += 1
        expect(settledMs, `seed ${seed}, after ${events} events: ${views}`).toBeLessThan(8_000)
        longestMs = Math.max(longestMs, settledMs!)
        restore(group)
      }
    }
    console.log(`${steps} steps, settled after ${Math.round(longestMs)} ms at most`)
    expect(steps).toBeGreaterThan(5)
  })
})
