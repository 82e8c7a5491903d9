import { nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage } from '../../messages.ts'
import { founder, type RecordContent, type RingRecord, successor } from './record.ts'

const [a, b] = [nodeName('a'), nodeName('b')]
const origin = { name: a, incarnation: 1, sequence: 1 }

/** As a later version would make it: with a field of its own wherever a record has fields. */
const later = {
  lineage: 'l',
  version: 7,
  epoch: 3,
  parent: { lineage: 'k', version: 6, reason: 'recovered' as const, by: 'an operator' },
  ancestors: ['k'],
  voters: [
    { name: a, voterId: 'ida', weight: 2 },
    { name: b, voterId: 'idb', weight: 3 },
  ],
  view: { members: [], tenants: ['blue'] },
  state: { leases: { held: [1, 2] } },
  operations: ['op'],
  outcomes: { op: { kind: 'done' } },
  origin: { ...origin, at: 'dawn' },
}

const content: RecordContent = {
  voters: [
    { name: b, voterId: 'idb' },
    { name: nodeName('c'), voterId: 'idc' },
  ],
  epoch: 4,
  view: later.view,
  state: later.state,
  operations: ['op', 'op2'],
}

describe('S1: what a later version put into the record', () => {
  it('S1: is in what decodes from a message, at every level', () => {
    const ballot = { round: 1, incarnation: 1, name: a }
    for (const message of [
      { type: 'register.record', record: later },
      { type: 'register.accept', ballot, voterId: 'ida', record: later },
      { type: 'register.promise', ballot, voterId: 'ida', accepted: { ballot, record: later } },
    ] as const)
      expect(decodeMessage(encodeMessage(message))).toEqual({ ok: true, value: message })
  })

  it('S1: is in the next record that this version proposes, and a voter that stays keeps what is said of it', () => {
    const next = successor(later, content, { ...origin, sequence: 2 })
    expect(next).toEqual({
      ...later,
      version: 8,
      epoch: 4,
      voters: [later.voters[1], { name: 'c', voterId: 'idc' }],
      operations: ['op', 'op2'],
      origin: { ...origin, sequence: 2 },
    })
  })

  it('S1: is in the first record of the lineage that follows this one', () => {
    const branch = founder('m', content, origin, 5, { record: later, reason: 'branch' })
    expect(branch).toMatchObject({ outcomes: later.outcomes, view: later.view, state: later.state })
    expect(branch.parent).toEqual({ lineage: 'l', version: 7, reason: 'branch' })
    expect(branch.voters[0]).toEqual(later.voters[1])
  })

  it('S1: brings no prototype with it', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true},"view":{"__proto__":{"polluted":true}}}') as object
    const decoded = decodeMessage(encodeMessage({ type: 'register.record', record: { ...later, ...hostile } }))
    const record = (decoded as unknown as { value: { record: { view: object } } }).value.record
    for (const map of [record, record.view, successor(record as unknown as RingRecord, content, origin)]) {
      expect(Object.getPrototypeOf(map)).toBe(Object.prototype)
      expect('polluted' in map).toBe(false)
    }
  })
})
