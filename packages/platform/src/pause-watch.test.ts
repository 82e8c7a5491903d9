import { describe, expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { PauseWatch, type PauseWatchOptions } from './pause-watch.ts'

/** A clock that a test moves, and a process that can stand still: then its timers run late, all at once. */
class FakeClock implements Clock {
  nowMs = 0
  /** What the wall clock is ahead: set, or gone on while the machine slept. */
  wallAheadMs = 0
  #timers: { readonly dueMs: number; readonly run: () => void }[] = []

  monotonicMs(): number {
    return this.nowMs
  }

  wallMs(): number {
    return this.nowMs + this.wallAheadMs
  }

  after(delayMs: number, run: () => void) {
    const timer = { dueMs: this.nowMs + delayMs, run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
  }

  /** Time passes while the process runs: each timer on its time. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms
    for (;;) {
      const [next] = this.#timers.filter(({ dueMs }) => dueMs <= endMs).sort((one, other) => one.dueMs - other.dueMs)
      if (!next) break
      this.nowMs = Math.max(this.nowMs, next.dueMs)
      this.#fire(next)
    }
    this.nowMs = endMs
  }

  /** The process stands still; its timers have not run yet when it wakes. */
  standStill(ms: number): void {
    this.nowMs += ms
  }

  get waiting(): number {
    return this.#timers.length
  }

  #fire(timer: { readonly dueMs: number; readonly run: () => void }): void {
    this.#timers = this.#timers.filter((other) => other !== timer)
    timer.run()
  }
}

function watching(options?: PauseWatchOptions) {
  const clock = new FakeClock()
  const watch = new PauseWatch(clock, options)
  const gaps: number[] = []
  const away: number[] = []
  watch.onResumed((gapMs, awayMs) => {
    gaps.push(gapMs)
    away.push(awayMs)
  })
  watch.start()
  return { clock, watch, gaps, away }
}

describe('M3: PauseWatch', () => {
  it('is silent while the process runs, and through short stand-stills', () => {
    const { clock, watch, gaps } = watching()
    clock.pass(5_000)
    clock.standStill(399)
    watch.check()
    clock.pass(1_000)
    expect(gaps).toEqual([])
  })

  it('tells a gap once, from its timer', () => {
    const { clock, gaps } = watching()
    clock.pass(1_000)
    clock.standStill(3_000)
    clock.pass(2_000)
    expect(gaps).toEqual([2_900])
  })

  it('tells it before input, where that comes before the timer, and not again after', () => {
    const { clock, watch, gaps } = watching()
    clock.pass(1_000)
    clock.standStill(3_000)
    watch.check()
    expect(gaps).toEqual([2_900])
    watch.check()
    clock.pass(2_000)
    expect(gaps).toEqual([2_900])
  })

  it('tells each of several pauses', () => {
    const { clock, watch, gaps } = watching({ beatMs: 50, gapMinMs: 200 })
    for (const ms of [1_000, 250, 600]) {
      clock.pass(500)
      clock.standStill(ms)
      watch.check()
    }
    expect(gaps).toEqual([950, 200, 550])
  })

  it('tells its listeners in the order in which they were added', () => {
    const { clock, watch } = watching()
    const order: string[] = []
    watch.onResumed(() => order.push('first'))
    watch.onResumed(() => order.push('second'))
    clock.standStill(1_000)
    watch.check()
    expect(order).toEqual(['first', 'second'])
  })

  it('takes many short stops together: half of a window is a pause, told without a gap for the input', () => {
    const { clock, gaps, away } = watching({ windowMs: 3_000 })
    for (let stop = 0; stop < 20; stop++) {
      clock.pass(30)
      clock.standStill(300)
    }
    clock.pass(100)
    expect(gaps.length).toBeGreaterThan(1)
    expect(new Set(gaps)).toEqual(new Set([0]))
    expect(Math.min(...away)).toBeGreaterThanOrEqual(1_500)
  })

  it('tells the sum of short stops before the input that waited, not only with the next beat', () => {
    const { clock, watch, away } = watching({ windowMs: 3_000 })
    for (let stop = 0; stop < 5; stop++) {
      clock.pass(10)
      expect(away).toEqual([])
      clock.standStill(450)
      watch.check()
    }
    expect(away).toHaveLength(1)
    expect(away[0]).toBeGreaterThanOrEqual(1_500)
  })

  it('does not add up what is short for the window: a busy machine, a garbage collection now and then', () => {
    const { clock, gaps } = watching({ windowMs: 3_000 })
    for (let stop = 0; stop < 200; stop++) {
      clock.pass(300)
      clock.standStill(140)
    }
    expect(gaps).toEqual([])
  })

  it('adds longer ones, each told by itself, to what it was away', () => {
    const { clock, gaps, away } = watching({ windowMs: 3_000 })
    for (let stop = 0; stop < 3; stop++) {
      clock.pass(200)
      clock.standStill(1_000)
      clock.pass(0)
    }
    expect(gaps).toEqual([900, 900, 900])
    expect(away).toEqual([900, 1_800, 2_700])
  })

  it('notices a machine that slept with its monotonic clock, by the wall clock', () => {
    const { clock, watch, gaps, away } = watching()
    clock.pass(1_000)
    clock.wallAheadMs += 60_000
    watch.check()
    expect([gaps, away]).toEqual([[0], [59_900]])
    clock.wallAheadMs -= 60_000
    clock.pass(5_000)
    expect(gaps).toEqual([0])
  })

  it('tells at a glance what a check would tell: a stop, and a machine that slept', () => {
    const { clock, watch, gaps } = watching()
    clock.pass(50)
    clock.standStill(600)
    watch.glance()
    expect(gaps).toEqual([550])

    clock.pass(100)
    clock.wallAheadMs += 5_000
    watch.glance()
    expect(gaps).toHaveLength(2)
  })

  it('is not taken in by a wall clock that is set back before the process stands still', () => {
    const { clock, watch, gaps } = watching()
    clock.wallAheadMs = -3_000
    clock.standStill(700)
    watch.glance()
    expect(gaps).toEqual([600])
  })

  it('says nothing after it was stopped, and leaves no timer', () => {
    const { clock, watch, gaps } = watching()
    watch.stop()
    expect(clock.waiting).toBe(0)
    clock.standStill(5_000)
    watch.check()
    expect(gaps).toEqual([])
    watch.start()
    clock.pass(1_000)
    expect(gaps).toEqual([])
  })
})
