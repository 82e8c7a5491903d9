import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatIp, parseIp } from './ip-bytes.ts'

describe('IP addresses as bytes', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['::', '::'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:db8::', '2001:db8::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
  ])('B2: %s', (text, shown) => {
    expect(formatIp(parseIp(text)!)).toBe(shown)
  })

  it('B2: any address comes back as the same bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
        (bytes) => {
          const text = formatIp(bytes)
          expect(isIP(text)).toBe(bytes.length === 4 ? 4 : 6)
          expect(parseIp(text)).toEqual(bytes)
        },
      ),
    )
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(parseIp(text)).toHaveLength(16)
      }),
    )
  })

  it('B2: what is none is none', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\da-f:.%]{0,20}$/), (text) => {
        const plain = text.replace(/%.*$/, '')
        if (isIP(plain) === 0) expect(parseIp(text)).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })
})
