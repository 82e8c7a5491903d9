import type { GroupRecord } from '@ring/gms'
import { type Clock, incarnation, nodeName, silent } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { AgreedRing } from '../core/service/agreed-ring.testdata.ts'
import { allDataRules } from '../core/service/data-rules.ts'
import type { ServiceOperation } from '../core/service/operation.ts'
import { type DataRequest, dataRequestOf, packData, packItems } from './data-messages.ts'
import { DataMoving } from './data-moving.ts'

/** Time that passes when the test says so. */
class HandClock implements Clock {
  #nowMs = 0
  #timers: { readonly atMs: number; readonly run: () => void }[] = []

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void) {
    const timer = { atMs: this.#nowMs + delayMs, run }
    this.#timers.push(timer)
    return { cancel: () => void (this.#timers = this.#timers.filter((one) => one !== timer)) }
  }

  async pass(ms: number): Promise<void> {
    this.#nowMs += ms
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs)
    this.#timers = this.#timers.filter((timer) => !due.includes(timer))
    for (const { run } of due) run()
    await settled()
  }
}

/** Until all promises have gone on that can. */
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve))

const nothing = packData({})

/** One server of a ring that agrees on what the test says; its program answers as the test says. */
class MovingServer {
  readonly ring = new AgreedRing()
  readonly clock = new HandClock()
  readonly asked: string[] = []
  /** What it does instead of answering. */
  answer: (op: DataRequest) => Promise<Uint8Array> = () => Promise.resolve(nothing)
  readonly moving: DataMoving
  readonly proposed: ServiceOperation[] = []

  constructor(self: string, automatic = false) {
    const { clock } = this
    this.moving = new DataMoving({
      ...{ self: nodeName(self), clock, logger: silent, rules: allDataRules },
      incarnation: () => incarnation(this.ring.lifeOf(self)),
      settings: { automatic, movesData: true, rebalanceDelayMs: 0, mergeTimeoutMs: 0, fenceMs: 5_000 },
      propose: (wanted) => {
        this.proposed.push(wanted)
        return Promise.resolve({ ok: false, why: 'stale' })
      },
      send: () => undefined,
      ask: (_, body) => {
        const request = dataRequestOf(body)!
        this.asked.push(`${request.op} ${this.#nameOf(request.merge)}`)
        return this.answer(request)
      },
      release: () => undefined,
    })
    this.moving.onPrograms(2, 1)
    this.ring.come('a', 'b')
    for (const server of ['a', 'b']) this.ring.operate({ do: 'service-in', server })
    this.ring.operate({ do: 'merge' })
    this.ring.operate({ do: 'complete' })
    this.ring.come('c')
  }

  readonly #merges: string[] = []

  #nameOf(merge: string): string {
    if (!this.#merges.includes(merge)) this.#merges.push(merge)
    return ['first', 'second'][this.#merges.indexOf(merge)]!
  }

  /** What is agreed now reaches it. */
  async hear(): Promise<void> {
    const { view, version, own } = this.ring
    const record = { ...{ lineage: 'l', version, epoch: version, ancestors: [], voters: [] }, view }
    const rest = { state: { placement: own }, operations: [], origin: { name: 'a', incarnation: 1, sequence: 1 } }
    this.moving.onRecord({ ...record, ...rest } as unknown as GroupRecord)
    await settled()
  }
}

describe('a server whose data moves', () => {
  it('D6: whatever fails, its program hears how a merge has ended before it hears of the next', async () => {
    const server = new MovingServer('a')
    const { ring } = server
    ring.operate({ do: 'service-in', server: 'c' })
    ring.operate({ do: 'merge' })
    await server.hear()
    ring.done('c')
    ring.operate({ do: 'complete' })
    expect(ring.commit()).toMatchObject({ ok: true, now: 'rest' })
    server.answer = ({ op }) =>
      op === 'commit' ? Promise.reject(new Error('no quorum for a moment')) : Promise.resolve(nothing)
    await server.hear()
    ring.operate({ do: 'service-out', server: 'b' })
    expect(ring.operate({ do: 'merge' })).toMatchObject({ ok: true, now: 'copying' })
    await server.hear()
    ring.done('c')
    await server.hear()
    expect(server.asked).toEqual(['begin first', 'commit first'])
    server.answer = () => Promise.resolve(nothing)
    await server.clock.pass(300)
    expect(server.asked.slice(0, 4)).toEqual(['begin first', 'commit first', 'commit first', 'begin second'])
  })

  it('D6: what was read for a merge and comes after its end is not written', async () => {
    const server = new MovingServer('c')
    const { ring } = server
    ring.operate({ do: 'service-in', server: 'c' })
    ring.operate({ do: 'merge' })
    const late: ((answer: Uint8Array) => void)[] = []
    server.answer = ({ op }) =>
      op === 'read' ? new Promise((resolve) => late.push(resolve)) : Promise.resolve(nothing)
    await server.hear()
    expect(late.length).toBeGreaterThan(0)
    expect(ring.operate({ do: 'abort' })).toMatchObject({ ok: true, now: 'rest' })
    await server.hear()
    ring.operate({ do: 'service-in', server: 'c' })
    ring.operate({ do: 'merge' })
    await server.hear()
    for (const resolve of late.slice(0, 2))
      resolve(packData({ items: packItems([['a', Buffer.from('old')]]), count: 1, mark: 1, more: false }))
    await settled()
    expect(server.asked.filter((one) => one.endsWith('first'))).not.toContain('write first')
    expect(server.asked).toContain('begin second')
  })

  it('A9: that has a program asks to be taken in also while merging is suspended: it is to take part when it goes on', async () => {
    const server = new MovingServer('c', true)
    server.ring.operate({ do: 'suspend' })
    await server.hear()
    expect(server.proposed).toEqual([{ do: 'service-in', server: 'c', auto: true }])
  })
})
