import type { Clock } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { Pulse } from './pulse.ts'

/** A clock that stands until it is moved; timers run when they are asked to. */
class HandClock implements Clock {
  now = 0
  private timers: { at: number; run: () => void }[] = []
  monotonicMs = (): number => this.now
  wallMs = (): number => this.now
  after(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { at: this.now + delayMs, run }
    this.timers.push(timer)
    return {
      cancel: () => {
        this.timers = this.timers.filter((one) => one !== timer)
      },
    }
  }
  fire(): void {
    const due = this.timers.filter(({ at }) => at <= this.now)
    this.timers = this.timers.filter(({ at }) => at > this.now)
    for (const { run } of due) run()
  }
}

function watched() {
  const clock = new HandClock()
  const heard: string[] = []
  const pulse = new Pulse(clock, {
    onTick: (nowMs) => heard.push(`tick ${nowMs}`),
    onPause: (gapMs) => heard.push(`pause ${gapMs}`),
  })
  return { clock, heard, pulse }
}

describe('Pulse', () => {
  it('M3: a pause is told before the input that waited, though its timer is late, and once', () => {
    const { clock, heard, pulse } = watched()
    clock.now = 3_020
    pulse.beforeInput()
    heard.push('input')
    pulse.beforeInput()
    clock.fire()
    expect(heard).toEqual(['pause 3000', 'input', 'tick 3020'])
  })

  it('M3: a pause is told before the tick when nothing waited', () => {
    const { clock, heard } = watched()
    clock.now = 1_020
    clock.fire()
    expect(heard).toEqual(['pause 1000', 'tick 1020'])
  })

  it('a late tick under load is no pause; a stopped pulse is silent', () => {
    const { clock, heard, pulse } = watched()
    clock.now = 300
    clock.fire()
    expect(heard).toEqual(['tick 300'])
    pulse.stop()
    clock.now = 9_000
    clock.fire()
    expect(heard.length).toBe(1)
  })
})
