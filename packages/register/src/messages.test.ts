import { packedLevelsMax } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, messageBytesMax } from './messages.ts'
import { pack, unpack } from './packing.ts'
import { arbitraryMessage } from './simulation/arbitrary-message.ts'

describe('register messages', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(arbitraryMessage, (original) => {
        expect(decodeMessage(encodeMessage(original))).toEqual({ ok: true, value: original })
      }),
    )
  })

  it('never throw on arbitrary bytes, nor on arbitrary plain values', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodeMessage(bytes).ok).toBe(false)
      }),
    )
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decodeMessage(pack(value)).ok).toBe(false)
      }),
    )
  })

  it('never throw on a message with bytes changed', () => {
    const bytes = fc.record({ message: arbitraryMessage, at: fc.nat(), value: fc.nat(255) })
    fc.assert(
      fc.property(bytes, ({ message: original, at, value }) => {
        const changed = encodeMessage(original)
        changed[at % changed.length] = value
        expect(typeof decodeMessage(changed).ok).toBe('boolean')
      }),
    )
  })

  it('are refused when they are too long, too wide, or bring a prototype', () => {
    expect(decodeMessage(new Uint8Array(messageBytesMax + 1))).toMatchObject({ ok: false })
    const voters = Array.from({ length: 8 }, (_, at) => ({ name: `n${at}`, voterId: 'x' }))
    const bad = { lineage: 'l', version: 1, epoch: 1, ancestors: [], voters, view: 0, state: 0, operations: [] }
    const origin = { name: 'n', incarnation: 1, sequence: 1 }
    expect(decodeMessage(pack({ type: 'register.record', record: { ...bad, origin } }))).toMatchObject({ ok: false })
    const hostile = JSON.parse(
      '{"type":"register.fetch","__proto__":{"position":{"lineage":"x","version":1}}}',
    ) as object
    const decoded = decodeMessage(pack(hostile))
    expect(decoded).toEqual({ ok: true, value: { type: 'register.fetch' } })
    expect(decoded.ok && Object.getPrototypeOf(decoded.value)).toBe(Object.prototype)
  })

  it('S3: cost nothing when they announce lengths that they do not have, or nest deeper than may be', () => {
    const before = process.memoryUsage().rss
    const announced = [0xdd, 0xdf, 0xdb, 0xc6, 0xc9].map((kind) => Uint8Array.of(kind, 0xff, 0xff, 0xff, 0xff, 0x72))
    const nested = Uint8Array.of(...Array<number>(packedLevelsMax + 1).fill(0x91), 0xc0)
    for (const bytes of [...announced, nested]) expect(decodeMessage(bytes).ok).toBe(false)
    expect(unpack(nested.subarray(1))).toBeDefined()
    expect(unpack(nested)).toBeUndefined()
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
  })
})
