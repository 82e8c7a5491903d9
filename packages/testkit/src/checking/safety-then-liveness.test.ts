import { nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { FaultPlan, NotSettledError, type Recording, safetyThenLiveness, World } from '../index.ts'

const a = nodeName('a')
const crashed: Recording = {
  seed: 1,
  untilMs: 1_000,
  nodes: [a],
  faults: [{ atMs: 100, forMs: 5_000, fault: { kind: 'crash', node: a } }],
}

/** A node that takes half a second to be ready. */
function slowStarter() {
  const world = new World({ seed: 1 })
  const node = world.addNode(a, ({ clock }) => {
    const state = { isReady: false }
    clock.after(500, () => {
      state.isReady = true
    })
    return state
  })
  return { world, isSettled: () => node.process?.isReady === true }
}

describe('safetyThenLiveness', () => {
  it('F2: says how long it took from healing to rest, for a recording and for a plan', () => {
    const one = slowStarter()
    expect(safetyThenLiveness({ ...one, faults: crashed, withinMs: 600, why: () => '' })).toBe(500)
    const two = slowStarter()
    const faults = new FaultPlan(two.world, { nodes: [a], durationMs: 1_000, kinds: [] })
    expect(safetyThenLiveness({ ...two, faults, withinMs: 600, why: () => '' })).toBe(0)
  })

  it('F2: says why there is no rest in time', () => {
    const run = () =>
      safetyThenLiveness({ ...slowStarter(), faults: crashed, withinMs: 400, why: () => 'a is starting' })
    expect(run).toThrow('not settled within 400 ms of a healed world: a is starting')
    expect(run).toThrow(NotSettledError)
  })

  it('F2: holds the invariants during the trouble', () => {
    const { world, isSettled } = slowStarter()
    const always = () => {
      if (!world.node(a).isUp) throw new Error('a is down')
    }
    expect(() =>
      safetyThenLiveness({ world, isSettled, faults: crashed, withinMs: 9_000, why: () => '', always: [always] }),
    ).toThrow('a is down')
  })
})
