import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkGmsMessage, decodeGmsMessage } from './gms-message-schema.ts'
import { asProbe } from './probe-check.ts'

/** Mostly as it should be: what is odd has to be alone in it to show anything. */
const mostly = <T>(good: fc.Arbitrary<T>, ...odd: unknown[]) =>
  fc.oneof({ weight: 8, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...odd) })
const count = mostly(fc.nat(), -1, 0.5, 2 ** 53, '1', null, undefined)
const flag = mostly(fc.boolean(), undefined, 0, 'yes', null)
const lineage = mostly(fc.string({ minLength: 1, maxLength: 3 }), 'x'.repeat(64), 'x'.repeat(65), '', 7, undefined)
const progress = mostly(
  fc.record({ lineage, version: count, later: fc.constant(1) }, { requiredKeys: ['lineage', 'version'] }),
  ...[undefined, null, [], 'p', {}],
)
const fields = { seq: count, progress, cannotVote: flag }
const optional = { requiredKeys: ['type', 'seq'] as ['type', 'seq'] }
const probe = fc.oneof(
  fc.record({ type: fc.constant('gms.ping'), ...fields }, optional),
  fc.record({ type: fc.constant('gms.ack'), ...fields, knowsYou: flag, unsure: flag }, optional),
  fc.record({ type: fc.constantFrom('gms.ping', 'gms.ack', 'gms.view-req'), ...fields, knowsYou: flag, later: flag }),
)

describe('probes, which are most of all messages', () => {
  it('are taken as the schema takes them, or left to it', () => {
    let taken = 0
    fc.assert(
      fc.property(probe, (value) => {
        const quick = asProbe(value)
        const checked = checkGmsMessage(value)
        if (quick) taken++
        if (quick) expect(quick).toEqual(checked)
        expect(decodeGmsMessage(value)).toEqual(checked)
      }),
      { numRuns: 2_000 },
    )
    expect(taken).toBeGreaterThan(200)
  })

  it.each([
    { type: 'gms.ping', seq: 1 },
    { type: 'gms.ping', seq: 1, progress: { lineage: 'l', version: 2 }, cannotVote: true },
    { type: 'gms.ack', seq: 1, progress: { lineage: 'l', version: 2 }, knowsYou: true },
    { type: 'gms.ack', seq: 0, knowsYou: false, unsure: true },
  ])('%j is', (value) => {
    expect(asProbe(value)).toBe(value)
  })
})
