import { nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { World } from '../index.ts'

const a = nodeName('a')

describe('a world of processes that use promises', () => {
  it('lets whoever waits for an event go on before the next one, however deep', async () => {
    const world = new World({ seed: 1 })
    const notes: string[] = []
    world.addNode(a, ({ clock }) => {
      const pass = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
      const deep = async (depth: number): Promise<void> => {
        if (depth > 0) await deep(depth - 1)
      }
      const run = async () => {
        await pass(10)
        await deep(50)
        notes.push(`first at ${clock.monotonicMs()}`)
        await pass(0)
        notes.push(`second at ${clock.monotonicMs()}`)
      }
      void run()
      clock.after(10.001, () => notes.push('the next event'))
      return {}
    })
    expect(await world.runTurns(20)).toBe(true)
    expect(notes).toEqual(['first at 10', 'second at 10', 'the next event'])
  })

  it('ends at a condition that a promise made true', async () => {
    const world = new World({ seed: 1 })
    let isDone = false
    world.addNode(a, ({ clock }) => {
      void new Promise<void>((resolve) => clock.after(5, resolve)).then(() => (isDone = true))
      clock.after(6, () => undefined)
      return {}
    })
    expect(await world.runTurns(() => isDone, { forMs: 100 })).toBe(true)
    expect(world.nowMs).toBe(5)
    expect(await world.runTurns(() => false, { forMs: 100 })).toBe(false)
    expect(world.nowMs).toBe(105)
  })
})
