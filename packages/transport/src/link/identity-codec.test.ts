import { packedLevelsMax } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { identityCodec, nodeIdentityCodec } from './identity-codec.ts'

const text = (words: string) => [0xa0 | words.length, ...new TextEncoder().encode(words)]
/** `{group, name, role, incarnation}`, with the integer's bytes as given. */
const identity = (...integer: number[]) =>
  Uint8Array.of(
    ...[0x84, ...text('group'), ...text('g'), ...text('name'), ...text('n:1'), ...text('role'), ...text('slave')],
    ...[...text('incarnation'), ...integer],
  )

describe('identityCodec', () => {
  it('F7: takes a whole number in every form that MessagePack has for it', () => {
    for (const seven of [[7], [0xcc, 7], [0xcd, 0, 7], [0xce, 0, 0, 0, 7], [0xcf, 0, 0, 0, 0, 0, 0, 0, 7]]) {
      expect(nodeIdentityCodec.decodeIdentity(identity(...seven))?.incarnation).toBe(7)
    }
  })

  it('refuses numbers that are not whole or that no number can hold exactly', () => {
    expect(nodeIdentityCodec.decodeIdentity(identity(0xcf, ...Array<number>(8).fill(0xff)))).toBeUndefined()
    expect(nodeIdentityCodec.decodeIdentity(identity(0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0))).toBeUndefined()
    expect(nodeIdentityCodec.decodeIdentity(Uint8Array.of(0xc1))).toBeUndefined()
  })

  it('S3: refuses what is nested deeper than may be, before anything reads it', () => {
    const nested = (levels: number) => Uint8Array.of(...Array<number>(levels).fill(0x91), 0xc0)
    const anything = identityCodec<object, unknown>({ safeParse: (value) => ({ success: true, data: value }) })
    expect(anything.decodeIdentity(nested(packedLevelsMax))).toBeDefined()
    expect(anything.decodeIdentity(nested(packedLevelsMax + 1))).toBeUndefined()
  })
})
