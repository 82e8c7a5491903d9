import { type Clock, nodeName } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { World } from '../index.ts'

function clocked(rate = 1) {
  const world = new World({ seed: 1 })
  const node = world.addNode(nodeName('a'), ({ clock }) => ({ clock }), { clock: { rate } })
  return { world, node, clock: node.process!.clock }
}

const timerAt = (world: World, clock: Clock, delayMs: number): { readonly atMs: () => number | undefined } => {
  let atMs: number | undefined
  clock.after(delayMs, () => {
    atMs = world.nowMs
  })
  return { atMs: () => atMs }
}

describe('the clocks of a machine', () => {
  it('F2: timers keep to a monotonic clock whose rate changes, faster and slower', () => {
    const { world, node, clock } = clocked()
    const first = timerAt(world, clock, 1_000)
    world.run(500)
    node.clock.setRate(2)
    world.run(5_000)
    expect(first.atMs()).toBeCloseTo(750)
    node.clock.setRate(1)
    const second = timerAt(world, clock, 1_000)
    world.run(5_500)
    node.clock.setRate(0.5)
    world.run(10_000)
    expect(second.atMs()).toBeCloseTo(6_500)
  })

  it('F2: whatever is done to it, the monotonic clock never goes back, and no timer comes before its time', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('rate' as const), value: fc.double({ min: 0.5, max: 2, noNaN: true }) }),
      fc.record({ kind: fc.constant('jump' as const), value: fc.integer({ min: -600_000, max: 600_000 }) }),
      fc.record({ kind: fc.constant('pause' as const), value: fc.integer({ min: 0, max: 1_000 }) }),
      fc.record({ kind: fc.constant('timer' as const), value: fc.integer({ min: 0, max: 1_000 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { world, node, clock } = clocked()
        let lastMs = clock.monotonicMs()
        world.always(() => {
          const nowMs = clock.monotonicMs()
          expect(nowMs).toBeGreaterThanOrEqual(lastMs)
          lastMs = nowMs
        })
        let waiting = 0
        for (const { kind, value } of steps) {
          if (kind === 'rate') node.clock.setRate(value)
          else if (kind === 'jump') node.clock.jumpWall(value)
          else if (kind === 'timer') {
            const dueMs = clock.monotonicMs() + value
            waiting++
            clock.after(value, () => {
              waiting--
              expect(clock.monotonicMs()).toBeGreaterThanOrEqual(dueMs - 0.01)
            })
          } else {
            node.pause(value % 2 === 0 ? 'stops' : 'runs')
            world.run(world.nowMs + value)
            node.resume()
          }
          world.run(world.nowMs + 50)
        }
        world.run(world.nowMs + 10_000)
        expect(waiting).toBe(0)
        expect(node.clock.timers).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  it('steps the wall clock alone', () => {
    const { world, node, clock } = clocked()
    world.run(100)
    const wallMs = clock.wallMs()
    node.clock.jumpWall(-5_000)
    expect(clock.wallMs()).toBe(wallMs - 5_000)
    expect(clock.monotonicMs()).toBe(100)
    expect(() => {
      node.clock.setRate(0)
    }).toThrow('number above 0')
  })
})
