import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Slots } from './slots.ts'

describe('Slots', () => {
  it('K1: gives no (slot, generation) twice, never more than its capacity, and grows on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 500 }), fc.integer({ min: 1, max: 200 }), (steps, capacity) => {
        const slots = new Slots(capacity, 4)
        const out: number[] = []
        const given = new Set<string>()
        for (const step of steps) {
          if (step < 6) {
            const slot = slots.take()
            expect(slot === -1).toBe(out.length === capacity)
            if (slot < 0) continue
            const name = `${slot}/${slots.generation[slot]}`
            expect(given.has(name)).toBe(false)
            expect(out).not.toContain(slot)
            given.add(name)
            out.push(slot)
          } else if (out.length > 0) slots.release(out.splice(step % out.length, 1)[0]!)
          expect(slots.used).toBe(out.length)
          expect(slots.size).toBeLessThanOrEqual(Math.max(4, capacity))
        }
      }),
    )
  })

  it('uses the number freed last first, with a new generation', () => {
    const slots = new Slots(10)
    const [a, b] = [slots.take(), slots.take()]
    slots.release(a)
    slots.release(b)
    expect(slots.take()).toBe(b)
    expect(slots.generation[b]).toBe(2)
  })
})
