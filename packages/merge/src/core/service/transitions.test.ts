import { describe, expect, it } from 'vitest'
import { serviceStates, statesOfDown, traitsOf } from './service-state.ts'
import { nextState, refusalOf, refusals, serviceEvents, transitions } from './transitions.ts'

const standings = serviceStates.flatMap((state) =>
  [true, ...(statesOfDown.has(state) ? [false] : [])].map((up) => ({ state, up })),
)

describe('the table of transitions', () => {
  it('A8: says of each server that can be, and each command on it, what becomes of it or why it is refused, and never both', () => {
    for (const { state, up } of standings) {
      for (const event of ['service-in', 'service-out'] as const) {
        const found = [nextState(state, up, event), refusalOf(state, up, event)].filter((one) => one !== undefined)
        expect({ state, up, event, found: found.length }).toEqual({ state, up, event, found: 1 })
      }
    }
  })

  it('A8: has no row twice, and none of a server that cannot be', () => {
    const rows = [...transitions, ...refusals].map(({ from, up, event }) => `${from} ${up} ${event}`)
    expect(new Set(rows).size).toBe(rows.length)
    for (const { from, up } of [...transitions, ...refusals]) expect(up || statesOfDown.has(from)).toBe(true)
  })

  it('A8: who comes may come anywhere, who goes is where a server that is down can be', () => {
    for (const state of serviceStates) {
      expect(statesOfDown).toContain(nextState(state, true, 'goes'))
      if (statesOfDown.has(state)) expect(nextState(state, false, 'comes')).toBeDefined()
    }
  })

  it('A8: COMPMERGE ends what is done and nothing else; ABORTMERGE takes back what was added or taken out, wherever it is', () => {
    for (const { state, up } of standings) {
      const { progress, action } = traitsOf(state)
      expect(nextState(state, up, 'complete') !== undefined).toBe(progress === 'done')
      const aborted = nextState(state, up, 'abort')
      if (action === 'add') expect(aborted).toBe('out')
      if (action === 'delete') expect(aborted).toBe('in')
      if (aborted !== undefined) expect(['doing', 'done']).not.toContain(traitsOf(aborted).progress)
    }
  })

  it('A8: each state is reached from a server that has just come, and out of service is reached from each', () => {
    const seen = new Set(['out up'])
    const back = new Map<string, Set<string>>()
    const queue = [{ state: 'out' as (typeof serviceStates)[number], up: true }]
    for (const { state, up } of queue) {
      for (const event of serviceEvents) {
        const next = nextState(state, up, event)
        if (next === undefined) continue
        const isUp = event === 'goes' ? false : event === 'comes' ? true : up
        const key = `${next} ${isUp ? 'up' : 'down'}`
        back.set(key, (back.get(key) ?? new Set()).add(`${state} ${up ? 'up' : 'down'}`))
        if (seen.has(key)) continue
        seen.add(key)
        queue.push({ state: next, up: isUp })
      }
    }
    expect([...seen].sort()).toEqual(standings.map(({ state, up }) => `${state} ${up ? 'up' : 'down'}`).sort())
    const canLeave = new Set(['out up', 'out down'])
    for (let size = 0; size < canLeave.size; ) {
      size = canLeave.size
      for (const to of [...canLeave]) for (const from of back.get(to) ?? []) canLeave.add(from)
    }
    expect(canLeave).toEqual(seen)
  })
})
