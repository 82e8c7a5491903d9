import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RunCopies } from './run-copies.ts'

describe('RunCopies', () => {
  it('K1: no copy changes with what follows it, nor with where it came from', () => {
    const lengths = fc.array(fc.oneof(fc.nat(500), fc.nat(80_000)), { maxLength: 60 })
    fc.assert(
      fc.property(lengths, (sizes) => {
        const copies = new RunCopies()
        // As a socket reads: into the same place each time.
        const read = new Uint8Array(80_100)
        const kept = sizes.map((size, turn) => {
          read.fill(turn + 1)
          const bytes = copies.copy(read, 100, 100 + size)
          return { bytes, at: copies.at, size, fill: turn + 1 }
        })
        read.fill(0xdd)
        for (const { bytes, at, size, fill } of kept) {
          expect(bytes.subarray(at, at + size).every((byte) => byte === fill)).toBe(true)
          expect(at + size).toBeLessThanOrEqual(bytes.length)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('many small ones share their memory', () => {
    const copies = new RunCopies()
    const places = new Set(Array.from({ length: 100 }, () => copies.copy(new Uint8Array(300), 0, 300).buffer))
    expect(places.size).toBe(1)
  })
})
