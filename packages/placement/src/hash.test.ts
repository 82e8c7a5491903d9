import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chmpxHash, keyHash, largestDivisor, modulo64 } from './hash.ts'
import { partitionOf, partitionOfNumber } from './partition.ts'

const mask = (1n << 64n) - 1n

/** FNV-1a of 64 bits with signed bytes, written as its definition says. */
function oracle(bytes: Uint8Array): bigint {
  let hash = 14695981039346656037n
  for (const byte of bytes) {
    hash ^= BigInt.asUintN(64, BigInt(byte < 128 ? byte : byte - 256))
    hash = (hash * 1099511628211n) & mask
  }
  return hash
}

const joined = ({ high, low }: { high: number; low: number }) => (BigInt(high) << 32n) | BigInt(low)
const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 40 })

describe('A3: hashes', () => {
  it('A3: chmpxHash is FNV-1a 64 with signed bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(joined(chmpxHash(bytes))).toBe(oracle(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  it('A3: ASCII keys have the standard FNV-1a 64, others do not', () => {
    expect(joined(chmpxHash(''))).toBe(0xcbf29ce484222325n)
    expect(joined(chmpxHash('foobar'))).toBe(0x85944171f73967e8n)
    expect(joined(chmpxHash(Uint8Array.of(0x80)))).not.toBe(((0xcbf29ce484222325n ^ 0x80n) * 1099511628211n) & mask)
  })

  it('F7: the numbers that docs/protocol.md gives to authors of other clients', () => {
    const told: readonly [string, number, bigint][] = [
      ['', 0xab3e7c0b, 0xcbf29ce484222325n],
      ['a', 0x1a80b1b3, 0xaf63dc4c8601ec8cn],
      ['customer 42', 0xceb887e5, 0x4985e37103b79b7dn],
      ['clé', 0x18cd4fca, 0x142c42911e091436n],
      ['鍵', 0x6c863c9a, 0xa571d3e74aebc7fan],
    ]
    for (const [key, ring, chmpx] of told) {
      expect(keyHash(key)).toBe(ring)
      expect(joined(chmpxHash(key))).toBe(chmpx)
    }
  })

  it('A3: a text has the hashes of its UTF-8 bytes, lone surrogates too', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: 'binary' })), (text) => {
        const bytes = new TextEncoder().encode(text)
        expect(keyHash(text)).toBe(keyHash(bytes))
        expect(joined(chmpxHash(text))).toBe(joined(chmpxHash(bytes)))
      }),
      { numRuns: 1000 },
    )
  })

  it('A3: keyHash keeps its values, since stored data lies by them', () => {
    expect([keyHash(''), keyHash('a'), keyHash('user:1'), keyHash('ключ')]).toMatchInlineSnapshot(`
      [
        2872998923,
        444641715,
        1763983599,
        2594288994,
      ]
    `)
  })

  it('A3: modulo64 agrees with BigInt for every divisor that it takes', () => {
    const word = fc.nat(0xffffffff)
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: largestDivisor }), (high, low, divisor) => {
        expect(modulo64(high, low, divisor)).toBe(Number(joined({ high, low }) % BigInt(divisor)))
      }),
      { numRuns: 1000 },
    )
    expect(modulo64(0xffffffff, 0xffffffff, largestDivisor)).toBe(largestDivisor - 1)
  })

  it('A3: a number of the caller is a hash of 64 bits', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 1, max: 65_536 }), (hash, partitions) => {
        const expected = Number(BigInt.asUintN(64, BigInt(hash)) % BigInt(partitions))
        expect(partitionOfNumber(partitions, hash)).toBe(expected)
        expect(partitionOfNumber(partitions, BigInt(hash))).toBe(expected)
      }),
    )
  })

  it.each([
    ['numbered', (index: number) => `user:${index}`],
    ['suffixed', (index: number) => `node-1#${index}`],
    ['padded', (index: number) => String(index).padStart(12, '0')],
    ['long', (index: number) => `${'x'.repeat(80)}${index.toString(36)}`],
  ])('A3: %s keys spread evenly over 1024 partitions', (_, keyOf) => {
    const partitions = 1024
    const expected = 100
    for (const strategy of ['ring', 'chmpx'] as const) {
      const counts = new Uint32Array(partitions)
      for (let index = 0; index < partitions * expected; index++)
        counts[partitionOf(strategy, partitions, keyOf(index))]!++
      const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      // Mean 1023, standard deviation 45 for a random function; far more means lumps. CHMPX's own is as it is.
      if (strategy === 'ring') expect(chiSquare).toBeLessThan(1023 + 5 * 45)
      else expect(counts.every((count) => count > 0)).toBe(true)
    }
  })
})
