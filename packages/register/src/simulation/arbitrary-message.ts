import { nodeName } from '@ring/platform'
import fc from 'fast-check'
import type { RegisterMessage } from '../core/message.ts'
import { agreedValueFault } from '../core/record/agreed-value.ts'
import type { RingRecord } from '../core/record/record.ts'

const whole = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
const name = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string({ minLength: 1, maxLength: 40 })).map(nodeName)
const id = fc.oneof(fc.constantFrom('id', 'l'), fc.string({ minLength: 1, maxLength: 32 }))
const position = fc.record({ lineage: id, version: whole })
const voter = fc.record({ name, voterId: id })
const ballot = fc.record({ round: whole, incarnation: whole, name })
/** What a record may hold: `agreedValueFault`. */
const content = fc.jsonValue().filter((value) => agreedValueFault(value, 'state') === undefined)

const record: fc.Arbitrary<RingRecord> = fc.record(
  {
    lineage: id,
    version: whole,
    epoch: whole,
    parent: fc.record({ lineage: id, version: whole, reason: fc.constantFrom('recovered', 'branch') }),
    ancestors: fc.array(id, { maxLength: 3 }),
    voters: fc.uniqueArray(voter, { minLength: 1, maxLength: 7, selector: (one) => one.name }),
    view: content,
    state: content,
    operations: fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 }),
    origin: fc.record({ name, incarnation: whole, sequence: whole }),
  },
  { requiredKeys: ['lineage', 'version', 'epoch', 'ancestors', 'voters', 'view', 'state', 'operations', 'origin'] },
)

/** Every kind of message, with contents that make no sense. */
export const arbitraryMessage = fc.oneof(
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
  fc.record({
    type: fc.constant('register.inquire'),
    answer: fc.boolean(),
    voterId: id,
    names: fc.array(name),
    fresh: fc.boolean(),
    looked: fc.boolean(),
    joinOnly: fc.boolean(),
  }),
) as fc.Arbitrary<RegisterMessage>
