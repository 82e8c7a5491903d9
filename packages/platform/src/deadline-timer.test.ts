import { describe, expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { DeadlineTimer } from './deadline-timer.ts'

class Clockwork implements Clock {
  nowMs = 0
  armed = 0
  readonly #waiting = new Set<{ readonly atMs: number; readonly run: () => void }>()

  monotonicMs = () => this.nowMs
  wallMs = () => this.nowMs

  after(delayMs: number, run: () => void) {
    const waiting = { atMs: this.nowMs + delayMs, run }
    this.#waiting.add(waiting)
    this.armed += 1
    return { cancel: () => void this.#waiting.delete(waiting) }
  }

  passTo(nowMs: number): void {
    this.nowMs = nowMs
    for (const waiting of [...this.#waiting]) {
      if (waiting.atMs > nowMs) continue
      this.#waiting.delete(waiting)
      waiting.run()
    }
  }
}

describe('DeadlineTimer', () => {
  it('fires once, never before its deadline, however the milliseconds are cut', () => {
    const clock = new Clockwork()
    const fired: number[] = []
    const timer = new DeadlineTimer(clock, () => fired.push(clock.nowMs))
    timer.arm(10.4)
    clock.passTo(10)
    expect(fired).toEqual([])
    clock.passTo(11)
    clock.passTo(50)
    expect(fired).toEqual([11])
  })

  it('moves with its deadline, and is armed no second time for the same one', () => {
    const clock = new Clockwork()
    let fired = 0
    const timer = new DeadlineTimer(clock, () => {
      fired += 1
    })
    timer.arm(10)
    timer.arm(10)
    expect(clock.armed).toBe(1)
    timer.arm(20)
    clock.passTo(15)
    expect(fired).toBe(0)
    timer.arm(undefined)
    clock.passTo(30)
    expect(fired).toBe(0)
    timer.arm(25)
    clock.passTo(31)
    expect(fired).toBe(1)
  })

  it('stays stopped', () => {
    const clock = new Clockwork()
    let fired = 0
    const timer = new DeadlineTimer(clock, () => {
      fired += 1
    })
    timer.arm(10)
    timer.stop()
    timer.arm(20)
    clock.passTo(30)
    expect(fired).toBe(0)
  })

  it('can be armed for the same moment again once it has fired', () => {
    const clock = new Clockwork()
    let fired = 0
    const timer: DeadlineTimer = new DeadlineTimer(clock, () => {
      fired += 1
      if (fired === 1) timer.arm(10)
    })
    timer.arm(10)
    clock.passTo(10)
    clock.passTo(11)
    expect(fired).toBe(2)
  })
})
