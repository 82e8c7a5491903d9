import { incarnation, nodeName } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { staticRouting } from '../../bench/plain-links.ts'
import { createMessaging, type Program } from '../index.ts'
import { HandClock } from './hand-clock.ts'

/** What a program does in one turn of its loop. */
const acts = fc.oneof(
  fc.record({ kind: fc.constant('compute' as const), ms: fc.integer({ min: 0, max: 1_200 }) }),
  fc.record({ kind: fc.constant('call' as const), deadlineMs: fc.integer({ min: 1, max: 700 }) }),
)
const turns = fc.array(
  fc.record({ acts: fc.array(acts, { maxLength: 4 }), passMs: fc.integer({ min: 0, max: 400 }) }),
  {
    maxLength: 6,
  },
)

/** Kept to within 40 ms, and one tick. */
const lateMs = 60

interface Call {
  readonly atMs: number
  readonly deadlineMs: number
  endedMs: number | undefined
  /** how late it may be: its deadline may pass while the program computes. */
  latestMs: number
}

/** A program of a node whose other program never answers, on a clock that only this moves. */
class Computing {
  readonly clock = new HandClock()
  readonly calls: Call[] = []
  private program: Program | undefined

  async start(): Promise<void> {
    const node = await createMessaging({
      ...{ group: 'test', name: nodeName('node'), incarnation: incarnation(1), role: 'server' as const },
      clock: this.clock,
      random: { uint32: () => 1 },
      dialer: { open: () => ({ cancel: () => undefined }) },
      pauseMs: Number.POSITIVE_INFINITY,
    })
    node.setRouting(staticRouting([{ name: 'node', address: '' }]))
    node.embed({ role: 'server', name: 'server' }).serve(() => new Promise(() => undefined))
    this.program = node.embed({ role: 'client', name: 'client' })
  }

  compute(ms: number): void {
    this.clock.now += ms
  }

  call(deadlineMs: number): void {
    const one: Call = { atMs: this.clock.now, deadlineMs, endedMs: undefined, latestMs: 0 }
    this.calls.push(one)
    this.program!.request(`key ${this.calls.length}`, new Uint8Array(1), { deadlineMs }).catch(() => {
      one.endedMs = this.clock.now
    })
  }

  /** The program lets the loop turn: what is late is handled, then time passes. */
  async pass(ms: number): Promise<void> {
    for (const one of this.calls) {
      if (one.endedMs === undefined) {
        one.latestMs = Math.max(one.latestMs, this.clock.now + lateMs, one.atMs + one.deadlineMs + lateMs)
      }
    }
    await new Promise(setImmediate)
    for (let passedMs = 0; passedMs <= ms; passedMs += 5) {
      this.clock.pass(passedMs === 0 ? 0 : 5)
      await new Promise(setImmediate)
    }
  }
}

describe('deadlines of a program that computes', () => {
  it('K1: no call ends early, and none later than 40 ms and a tick after its program lets the loop turn', async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (steps) => {
        const computing = new Computing()
        await computing.start()
        for (const { acts, passMs } of steps) {
          for (const act of acts) {
            if (act.kind === 'compute') computing.compute(act.ms)
            else computing.call(act.deadlineMs)
          }
          await computing.pass(passMs)
        }
        await computing.pass(900)
        for (const { atMs, deadlineMs, endedMs, latestMs } of computing.calls) {
          expect(endedMs, 'it has ended').toBeDefined()
          expect(endedMs! - atMs).toBeGreaterThanOrEqual(deadlineMs)
          expect(endedMs!).toBeLessThanOrEqual(latestMs)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('K1: calls that do not read the clock are not early either, nor late by more than the turn', async () => {
    const computing = new Computing()
    await computing.start()
    for (let call = 0; call < 40; call++) {
      computing.call(200)
      if (call % 7 === 0) computing.compute(90)
    }
    const turnMs = computing.clock.now
    await computing.pass(1_500)
    for (const { atMs, endedMs } of computing.calls) {
      expect(endedMs! - atMs).toBeGreaterThanOrEqual(200)
      expect(endedMs!).toBeLessThanOrEqual(turnMs + 200 + lateMs)
    }
  })
})
