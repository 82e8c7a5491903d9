import { nodeName } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RegisterMessage } from './core/message.ts'
import type { RingRecord } from './core/record.ts'
import { decodeMessage, encodeMessage, messageBytesMax } from './messages.ts'
import { pack } from './packing.ts'

const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const name = fc.string({ minLength: 1, maxLength: 40 }).map(nodeName)
const id = fc.string({ minLength: 1, maxLength: 32 })
const position = fc.record({ lineage: id, version: whole })
const voter = fc.record({ name, voterId: id })
const ballot = fc.record({ round: whole, incarnation: whole, name })
const content = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'))

const record: fc.Arbitrary<RingRecord> = fc.record(
  {
    lineage: id,
    version: whole,
    epoch: whole,
    parent: fc.record({ lineage: id, version: whole, reason: fc.constantFrom('recovered', 'branch') }),
    ancestors: fc.array(id, { maxLength: 3 }),
    voters: fc.array(voter, { minLength: 1, maxLength: 7 }),
    view: content,
    state: content,
    operations: fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 }),
    origin: fc.record({ name, incarnation: whole, sequence: whole }),
  },
  { requiredKeys: ['lineage', 'version', 'epoch', 'ancestors', 'voters', 'view', 'state', 'operations', 'origin'] },
)

const message = fc.oneof(
  fc.record({ type: fc.constant('register.prepare'), after: position, ballot, voterId: id }),
  fc.record({
    type: fc.constant('register.prepare'),
    ballot,
    voterId: id,
    formation: fc.record({ names: fc.array(name), all: fc.boolean() }),
  }),
  fc.record({ type: fc.constant('register.promise'), ballot, voterId: id, accepted: fc.record({ ballot, record }) }),
  fc.record({ type: fc.constant('register.accept'), after: position, ballot, voterId: id, record }),
  fc.record({ type: fc.constant('register.accepted'), after: position, ballot, voterId: id }),
  fc.record({ type: fc.constant('register.nack'), ballot, promised: ballot }),
  fc.record({ type: fc.constant('register.committed'), record, confirm: fc.boolean() }),
  fc.record({ type: fc.constant('register.held'), lineage: id, version: whole, voterId: id }),
  fc.record({ type: fc.constant('register.fetch') }),
  fc.record({ type: fc.constant('register.record'), record }),
  fc.record({ type: fc.constant('register.position'), position }),
) as fc.Arbitrary<RegisterMessage>

describe('register messages', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(message, (original) => {
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
    const bytes = fc.record({ message, at: fc.nat(), value: fc.nat(255) })
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
})
