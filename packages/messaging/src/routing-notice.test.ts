import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headerBytes } from './core/frames/frame-header.ts'
import type { ProgramRouting } from './core/program/program-routing.ts'
import { decodeRouting, encodeRouting } from './routing-notice.ts'

const version = fc.nat(2 ** 47)

const routing: fc.Arbitrary<ProgramRouting> = fc.record({
  version,
  epoch: version,
  mode: fc.constantFrom('hash', 'random'),
  strategy: fc.constantFrom('ring', 'chmpx'),
  partitions: fc.nat(300),
  servers: fc.array(fc.record({ name: fc.string(), up: fc.boolean() }), { maxLength: 5 }),
  changedAt: fc.array(version, { minLength: 300, maxLength: 300 }).map((all) => Float64Array.from(all)),
})

describe('the ROUTING frame', () => {
  it('tells programs what the node knows, without partitions too (random mode has none)', () => {
    fc.assert(
      fc.property(routing, (given) => {
        const frame = encodeRouting(given)!
        const expected = { ...given, changedAt: given.changedAt.slice(0, given.partitions) }
        expect(decodeRouting(frame, headerBytes, frame.length)).toEqual(expected)
      }),
    )
  })

  it('is not understood, and throws nothing, when it is noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(decodeRouting(noise, 0, noise.length)).toBeUndefined()
      }),
    )
  })

  it('is not made when it would not fit a frame', () => {
    const partitions = 20_000
    const changedAt = new Float64Array(partitions)
    expect(
      encodeRouting({ version: 1, epoch: 1, mode: 'hash', strategy: 'ring', partitions, servers: [], changedAt }),
    ).toBe(undefined)
  })
})
