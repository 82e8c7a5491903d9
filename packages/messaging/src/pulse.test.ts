import { type Clock, PauseWatch } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { Pulse } from './pulse.ts'
import { HandClock } from './simulation/hand-clock.ts'

function watched(watchOf?: (clock: Clock) => PauseWatch) {
  const clock = new HandClock()
  const heard: string[] = []
  const state = { isIdle: false }
  const watch = watchOf?.(clock)
  const pulse = new Pulse(
    clock,
    {
      onTick: (nowMs) => heard.push(`tick ${nowMs}`),
      onPause: (gapMs) => heard.push(`pause ${gapMs}`),
      isIdle: () => state.isIdle,
      onTime: (nowMs) => heard.push(`time ${nowMs}`),
    },
    watch,
  )
  return { clock, heard, pulse, state, watch }
}

describe('Pulse', () => {
  it('M3: a pause is told before the input that waited, though its timer is late, and once', () => {
    const { clock, heard, pulse } = watched()
    clock.now = 3_020
    pulse.beforeInput()
    heard.push('input')
    pulse.beforeInput()
    clock.fire()
    expect(heard).toEqual(['pause 2920', 'time 3020', 'input', 'time 3020', 'tick 3020'])
  })

  it('M3: a pause is told before the tick when nothing waited', () => {
    const { clock, heard } = watched()
    clock.now = 1_020
    clock.fire()
    expect(heard).toEqual(['pause 920', 'tick 1020'])
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

  it('F: with nothing to wait for it sleeps, and input or a call wakes it with the present time', () => {
    const { clock, heard, pulse, state } = watched()
    state.isIdle = true
    clock.pass(60_000)
    expect(heard.at(-1)).toBe('tick 200')
    pulse.beforeInput()
    expect(heard.slice(-2)).toEqual(['tick 60000', 'time 60000'])
    clock.pass(1_000)
    expect(heard.at(-1)).toBe('tick 60200')
    state.isIdle = false
    pulse.stir()
    expect(heard.at(-1)).toBe('tick 61000')
    clock.pass(1_000)
    expect(heard.slice(-2)).toEqual(['tick 61980', 'tick 62000'])
  })

  it('K1: the time is told with a call, however long ago the last tick was', () => {
    const { clock, heard, pulse } = watched()
    clock.now = 313
    pulse.beforeCall()
    expect(heard).toEqual(['time 313'])
  })

  it('M3: a pause while it sleeps is told before the input that waited, after the time without the gap', () => {
    const { clock, heard, pulse, state } = watched()
    state.isIdle = true
    clock.pass(1_050)
    clock.now = 4_050
    heard.length = 0
    pulse.beforeInput()
    heard.push('input')
    expect(heard).toEqual(['tick 1100', 'pause 2950', 'time 4050', 'input'])
    clock.pass(20)
    expect(heard.slice(4)).toEqual(['tick 4070'])
  })

  it('M3: it hears of pauses from a watch that it is given, whose owner is told first', () => {
    const { clock, heard, pulse, watch } = watched((given) => {
      const watch = new PauseWatch(given)
      watch.onResumed(() => heard.push('owner'))
      watch.start()
      return watch
    })
    clock.pass(500)
    clock.now = 2_500
    heard.length = 0
    pulse.beforeInput()
    expect(heard).toEqual(['owner', 'pause 1900', 'time 2500'])
    pulse.stop()
    clock.now = 9_000
    watch?.check()
    expect(heard).toEqual(['owner', 'pause 1900', 'time 2500', 'owner'])
  })
})
