import { describe, expect, it } from 'vitest'
import { AssemblyBudget } from './assembly.ts'

const mebibyte = 1_024 * 1_024

describe('AssemblyBudget', () => {
  it('gives a body all its room at once, so that it is copied once', () => {
    const body = new AssemblyBudget().begin(3 * mebibyte)!
    expect(body.aheadBytes).toBe(3 * mebibyte)
    const piece = new Uint8Array(mebibyte).fill(7)
    for (let pieces = 0; pieces < 3; pieces++) expect(body.add(piece, 0, piece.length)).toBe(true)
    expect(body.aheadBytes).toBe(0)
    expect(body.whole?.every((byte) => byte === 7)).toBe(true)
    expect(body.add(piece, 0, 1)).toBe(false)
  })

  it('K3: room that is only announced is bounded: beyond it, memory grows with what arrives', () => {
    const budget = new AssemblyBudget()
    const first = budget.begin(16 * mebibyte)!
    const others = [1, 2, 3].map(() => budget.begin(16 * mebibyte)!)
    expect(first.aheadBytes).toBe(16 * mebibyte)
    for (const other of others) expect(other.aheadBytes).toBeLessThanOrEqual(mebibyte / 4)
    expect(budget.begin(1)).toBeUndefined()
    const piece = new Uint8Array(mebibyte).fill(3)
    for (let pieces = 0; pieces < 16; pieces++) expect(others[0]!.add(piece, 0, piece.length)).toBe(true)
    expect(others[0]!.whole?.every((byte) => byte === 3)).toBe(true)
    // What ends, finished or not, gives its room back.
    for (const body of [first, ...others]) budget.end(body)
    expect(budget.begin(16 * mebibyte)?.aheadBytes).toBe(16 * mebibyte)
  })
})
