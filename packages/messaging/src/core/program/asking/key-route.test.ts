import { keyHashOfRange } from '@ring/placement'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyBytes, partitionOf } from './key-route.ts'
import { KeyScratch } from './key-scratch.ts'

describe('keys', () => {
  it('are the same bytes whether they are loaded in place or encoded', () => {
    const scratch = new KeyScratch()
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.maxSafeNat(), fc.uint8Array()), (key) => {
        expect(scratch.load(key)).toBe(true)
        expect(Buffer.from(scratch.bytes.subarray(0, scratch.length)).equals(keyBytes(key))).toBe(true)
      }),
    )
    expect(scratch.load(new Uint8Array(1_025))).toBe(false)
    expect(scratch.load('x'.repeat(1_025))).toBe(false)
    expect(() => scratch.load(-1)).toThrow(RangeError)
  })

  it('CHMPX: 64 bits of FNV-1a over signed bytes, modulo N', () => {
    // FNV-1a of "a" is af63dc4c8601ec8c; a byte from 0x80 on is extended by its sign.
    expect(partitionOf('chmpx', 1_000, 'a', 0)).toBe(Number(0xaf63dc4c8601ec8cn % 1_000n))
    const signed = ((0xcbf29ce484222325n ^ 0xffffffffffffff80n) * 0x100000001b3n) & 0xffffffffffffffffn
    expect(partitionOf('chmpx', 1_000, new Uint8Array([0x80]), 0)).toBe(Number(signed % 1_000n))
  })

  it('a number is its own hash under both strategies; a text is spread by its hash', () => {
    expect(partitionOf('ring', 64, 1_000, 5)).toBe(1_000 % 64)
    expect(partitionOf('chmpx', 7, 1_000, 5)).toBe(1_000 % 7)
    const bytes = keyBytes('key')
    expect(partitionOf('ring', 64, 'key', keyHashOfRange(bytes, 0, bytes.length))).toBe(
      keyHashOfRange(bytes, 0, 3) % 64,
    )
  })
})
