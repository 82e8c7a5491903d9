import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type GateTicket, HandshakeGate } from './handshake-gate.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function tickets(gate: HandshakeGate, ...names: string[]) {
  const seen: string[] = []
  const made = names.map((name): GateTicket => {
    const ticket: GateTicket = {
      start: () => void seen.push(`${name} starts`),
      giveUp: () => {
        seen.push(`${name} gives up`)
        gate.leave(ticket)
      },
    }
    return ticket
  })
  return { seen, made }
}

describe('HandshakeGate', () => {
  it('lets one at a time through, and one that is alone for as long as it takes', () => {
    const gate = new HandshakeGate(500)
    const { seen, made } = tickets(gate, 'a', 'b', 'c')
    gate.enter(made[0]!)
    vi.advanceTimersByTime(10_000)
    expect(seen).toEqual(['a starts'])
    gate.enter(made[1]!)
    vi.advanceTimersByTime(1)
    expect(seen).toEqual(['a starts', 'a gives up', 'b starts'])
    gate.enter(made[2]!)
    vi.advanceTimersByTime(490)
    gate.leave(made[1]!)
    expect(seen.slice(3)).toEqual(['c starts'])
  })

  it('gives up who has had its time when another one waits, and forgets who leaves before its turn', () => {
    const gate = new HandshakeGate(500)
    const { seen, made } = tickets(gate, 'a', 'b', 'c')
    for (const ticket of made) gate.enter(ticket)
    gate.leave(made[1]!)
    vi.advanceTimersByTime(500)
    expect(seen).toEqual(['a starts', 'a gives up', 'c starts'])
    vi.advanceTimersByTime(10_000)
    expect(seen).toHaveLength(3)
  })
})
