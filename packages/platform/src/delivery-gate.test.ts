import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeliveryGate } from './delivery-gate.ts'
import { incarnation } from './identity.ts'

const [first, second, third] = [incarnation(1), incarnation(2), incarnation(3)]

describe('DeliveryGate', () => {
  it('M3: a doubt closes it until a word that was asked for after the last doubt', () => {
    const gate = new DeliveryGate(first)
    gate.doubted(4)
    gate.doubted(7)
    gate.confirmed(first, 4)
    expect(gate.state).toBe('unconfirmed')
    gate.confirmed(second, 9)
    expect(gate.state).toBe('unconfirmed')
    gate.confirmed(first, 7)
    expect(gate.state).toBe('open')
  })

  it('M3: neither a confirmation nor a pause opens it for a life that was expelled', () => {
    const gate = new DeliveryGate(first)
    gate.expelled(first)
    gate.doubted(1)
    gate.confirmed(first, 1)
    gate.quorumLost()
    gate.quorumRegained()
    gate.beginLife(first)
    expect(gate.state).toBe('expelled')
    gate.beginLife(second)
    expect(gate.state).toBe('open')
    gate.expelled(first)
    expect(gate.state).toBe('open')
  })

  it('K4: without a quorum it is closed, whatever else; the conditions do not hide each other', () => {
    const gate = new DeliveryGate(first)
    gate.doubted(1)
    gate.quorumLost()
    gate.confirmed(first, 1)
    expect(gate.state).toBe('no-quorum')
    gate.doubted(2)
    gate.quorumRegained()
    expect(gate.state).toBe('unconfirmed')
    gate.confirmed(first, 2)
    expect(gate.isOpen).toBe(true)
  })

  it('a node that stops takes nothing new, and lets start what it had accepted, as far as its life does', () => {
    const gate = new DeliveryGate(first)
    gate.stop()
    expect([gate.state, gate.ofAccepted]).toEqual(['stopping', 'open'])
    gate.doubted(1)
    expect([gate.state, gate.ofAccepted]).toEqual(['stopping', 'unconfirmed'])
    gate.expelled(first)
    gate.beginLife(second)
    expect([gate.state, gate.ofAccepted]).toEqual(['stopping', 'open'])
  })

  it('tells each listener of changes only, and each can be removed', () => {
    const gate = new DeliveryGate(first)
    const heard: string[] = []
    const one = gate.onChange(() => heard.push(`one ${gate.state}`))
    const listener = () => heard.push('twice')
    gate.onChange(listener)
    const again = gate.onChange(listener)
    gate.quorumRegained()
    gate.confirmed(first, 1)
    gate.doubted(1)
    gate.doubted(2)
    expect(heard).toEqual(['one unconfirmed', 'twice', 'twice'])
    one()
    again()
    gate.confirmed(first, 2)
    expect(heard.slice(3)).toEqual(['twice'])
  })

  it('M3, K4: is open only while the life is led, every doubt of it was answered, and there is a quorum', () => {
    const event = fc.oneof(
      fc.record({ type: fc.constantFrom('doubted', 'confirmed'), life: fc.nat(2), doubt: fc.nat(5) }),
      fc.record({ type: fc.constantFrom('expelled', 'beginLife'), life: fc.nat(2) }),
      fc.record({ type: fc.constantFrom('quorumLost', 'quorumRegained', 'stop') }),
    )
    fc.assert(
      fc.property(fc.array(event as fc.Arbitrary<{ type: string; life?: number; doubt?: number }>), (events) => {
        const gate = new DeliveryGate(first)
        const lives = [first, second, third]
        let now = { life: first as number, over: false, quorum: true, stopped: false, unanswered: [] as number[] }
        for (const { type, life = 0, doubt = 0 } of events) {
          const named = lives[life]!
          if (type === 'doubted') {
            gate.doubted(doubt)
            if (!now.over) now.unanswered.push(doubt)
          } else if (type === 'confirmed') {
            gate.confirmed(named, doubt)
            const isLast = now.unanswered.every((one) => one <= doubt)
            if (named === now.life && isLast) now.unanswered = []
          } else if (type === 'expelled') {
            gate.expelled(named)
            if (!now.over && named >= now.life) now = { ...now, life: named, over: true, unanswered: [] }
          } else if (type === 'beginLife') {
            gate.beginLife(named)
            if (named > now.life) now = { ...now, life: named, over: false, quorum: true, unanswered: [] }
          } else if (type === 'stop') {
            gate.stop()
            now.stopped = true
          } else {
            if (type === 'quorumLost') gate.quorumLost()
            else gate.quorumRegained()
            if (!now.over) now.quorum = type === 'quorumRegained'
          }
          const mayStart = !now.over && now.quorum && now.unanswered.length === 0
          expect(gate.ofAccepted === 'open').toBe(mayStart)
          expect(gate.isOpen).toBe(mayStart && !now.stopped)
        }
      }),
    )
  })
})
