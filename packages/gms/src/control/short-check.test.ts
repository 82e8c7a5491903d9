import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkGmsMessage, decodeGmsMessage } from './gms-message-schema.ts'
import { asShort } from './short-check.ts'

/** Mostly as it should be: what is odd has to be alone in it to show anything. */
const mostly = (good: fc.Arbitrary<unknown>, ...odd: unknown[]) =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: fc.constantFrom(...odd) })
const count = mostly(fc.nat(), -1, -0, 0.5, 2 ** 53, Number.NaN, '1', null, undefined)
const name = mostly(fc.constantFrom('a:1', 'x'.repeat(255)), '', 'x'.repeat(256), 'x'.repeat(2_000), 7, null, undefined)
const flag = mostly(fc.boolean(), undefined, 0, 'yes', null)
const progress = mostly(
  fc.record({ lineage: fc.constantFrom('l', 'x'.repeat(64)), version: count }),
  ...[{ lineage: 'l', version: 1, later: 1 }, { lineage: '', version: 1 }, undefined, null, [], 'p', {}],
)
const forMs = mostly(
  fc.constantFrom(0, 0.5, 600_000),
  -1,
  600_001,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '1',
  undefined,
)
const first = mostly(
  fc.record({ by: name, seq: count }),
  undefined,
  null,
  [],
  { by: 'a:1' },
  { by: 'a:1', seq: 1, at: 2 },
)

const fieldsOf = {
  'gms.ping-req': { seq: count, target: name },
  'gms.lease-req': { seq: count, progress },
  'gms.lease-rsp': { seq: count, granted: flag, forMs },
  'gms.suspect': { name, incarnation: count, first, soon: flag },
  'gms.refute': { incarnation: count, refutation: count },
  'gms.refused-report': { name, incarnation: count },
  'gms.linked-req': { name, incarnation: count },
  'gms.linked-rsp': { name, incarnation: count, linked: flag },
  'gms.follow': { progress, speaks: count },
  'gms.idle': {},
}
/** With all of its fields or without some of them, now and then with one that nobody knows. */
const messageOf = ([type, fields]: [string, Record<string, fc.Arbitrary<unknown>>]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant(type), ...fields }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant(type), ...fields }, { requiredKeys: ['type'] }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant(type), ...fields, constructor: flag }) },
  )

describe('short messages', () => {
  it.each(Object.entries(fieldsOf))('%s is taken as the schema takes it, or left to it', (type, fields) => {
    let [taken, left] = [0, 0]
    fc.assert(
      fc.property(messageOf([type, fields]), (value) => {
        const quick = asShort(value)
        const checked = checkGmsMessage(value)
        if (quick) taken++
        else left++
        if (quick) expect(quick).toEqual(checked)
        expect(decodeGmsMessage(value)).toEqual(checked)
      }),
      { numRuns: 500 },
    )
    expect(taken).toBeGreaterThan(50)
    expect(left).toBeGreaterThan(10)
  })

  it('anything else is left to the schema', () => {
    for (const value of [{}, { type: 'gms.view-req' }, { type: 'constructor' }, { type: ['gms.idle'] }, { type: 7 }])
      expect(asShort(value)).toBeUndefined()
  })
})
