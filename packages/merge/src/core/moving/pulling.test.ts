import { describe, expect, it } from 'vitest'
import type { MergePlan } from './merge-plan.ts'
import { Pulling } from './pulling.ts'

const giver = { server: 'giver', incarnation: 1 }
const open: MergePlan = {
  ...{ id: 'merge', plannedAt: 5, closingAt: undefined, isDoing: true, isReturning: false, gives: undefined },
  pulls: [
    {
      from: giver,
      wanted: Uint8Array.of(1, 0, 1),
      present: { strategy: 'ring', partitions: 3 },
      next: undefined,
    },
  ],
}
const closing: MergePlan = { ...open, closingAt: 9 }

/** A pulling whose giver closes when it is told to. */
function pullingOf(plan: MergePlan) {
  let closedAt = 0
  const pulling = new Pulling(plan, () => closedAt)
  const read = (nowMs: number, count: number, more = false) => {
    const [asked] = pulling.next(nowMs)
    if (asked) pulling.written(asked, { count, bytes: count, mark: asked.since + count, more }, nowMs)
    return asked
  }
  return { pulling, read, close: (at: number) => (closedAt = at) }
}

describe('getting what a server is to hold', () => {
  it('D3: rounds follow each other until one is small, and then rest', () => {
    const { pulling, read } = pullingOf(open)
    expect(read(0, 5_000, true)).toMatchObject({ from: giver, since: 0 })
    expect(read(0, 5_000)).toMatchObject({ since: 5_000 })
    expect(pulling.isDone).toBe(false)
    expect(read(0, 10)).toMatchObject({ since: 10_000 })
    expect(pulling.isDone).toBe(true)
    expect(pulling.next(99)).toEqual([])
    expect(pulling.nextMs).toBe(100)
    expect(read(100, 0)).toMatchObject({ since: 10_010 })
  })

  it('D3: while what moves is being closed it rests too, until it hears that a giver has closed', () => {
    const { pulling, read, close } = pullingOf(open)
    read(0, 0)
    pulling.setPlan(closing)
    // As slow as a machine may be: a reader that is due again by now would never let the message in.
    for (let nowMs = 0; nowMs < 100; nowMs += 10) expect(pulling.next(nowMs)).toEqual([])
    read(100, 3)
    expect(pulling.nextMs).toBe(200)
    close(9)
    expect(pulling.nextMs).toBe(0)
    expect(pulling.isFilled).toBe(false)
    expect(read(101, 4)).toMatchObject({ since: 3, closedAt: 9 })
    expect(pulling.isFilled).toBe(true)
    expect(pulling.nextMs).toBeUndefined()
  })

  it('D3: what was asked before a giver closed is not the last', () => {
    const { pulling, read, close } = pullingOf(closing)
    const [asked] = pulling.next(0)
    close(9)
    pulling.written(asked!, { count: 0, bytes: 0, mark: 0, more: false }, 1)
    expect(pulling.isFilled).toBe(false)
    expect(read(1, 2)).toMatchObject({ closedAt: 9 })
    expect(pulling.isFilled).toBe(true)
  })

  it('D6: after a failure it waits, whoever has closed', () => {
    const { pulling, read, close } = pullingOf(closing)
    close(9)
    pulling.failed(pulling.next(0)[0]!, 0)
    expect(pulling.next(199)).toEqual([])
    expect(read(200, 1)).toMatchObject({ since: 0 })
  })
})
