import { packedLevelsMax } from '@ring/platform'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { encodeControlMessage, unpackControlMessage } from './control-packing.ts'
import { beyondMaxChars, decodeApplicant, decodeGmsMessage } from './gms-message-schema.ts'

const packr = new Packr({ useRecords: false })

const hostile = new Map([['polluted', true]])
const HOSTILE = Symbol('a map with a prototype key')

const record = {
  lineage: 'l',
  version: 4,
  epoch: 4,
  voters: [{ name: 'a:1', voterId: 'v' }],
  view: {
    members: [{ name: 'a:1', incarnation: 7, address: 'a:1', voterId: 'v', why: 'formed' }],
    barred: [],
  },
  state: { table: [1, 2] },
  operations: [],
  origin: { name: 'a:1', incarnation: 7, sequence: 1 },
  ancestors: [],
}

/** What a node makes of the bytes of a frame. */
function decodeControlMessage(bytes: Uint8Array) {
  const value = unpackControlMessage(bytes)
  return value && decodeGmsMessage(value)
}

describe('decodeGmsMessage', () => {
  it('gives back what was encoded', () => {
    for (const message of [
      { type: 'gms.ping', seq: 1, progress: { lineage: 'l', version: 3 } },
      { type: 'gms.view', record },
      { type: 'gms.join-refused', reason: { kind: 'older-life', known: 9 } },
      { type: 'gms.join-refused', reason: { kind: 'undialable', address: 'a:1', why: 'refused' } },
      { type: 'gms.undialable', address: 'a:1', why: 'refused' },
      { type: 'gms.undialable-report', name: 'a:1', incarnation: 7 },
      { type: 'gms.dial-req', name: 'a:1', incarnation: 7 },
      { type: 'gms.dial-rsp', name: 'a:1', incarnation: 7, reached: true },
      { type: 'gms.branch-req', progress: { lineage: 'l', version: 3 }, lost: ['a:1'] },
    ])
      expect(decodeControlMessage(encodeControlMessage(message))).toEqual(message)
  })

  it('S1: keeps what a later version says in a record and of a member', () => {
    const [only] = record.view.members
    const later = {
      ...record,
      outcomes: {},
      parent: { lineage: 'k', version: 3, reason: 'branch', by: 'x' },
      voters: [{ ...record.voters[0], weight: 2 }],
      view: {
        members: [{ ...only, colour: 'blue', metadata: { zone: 'west', rack: 7 } }],
        barred: [],
        paroles: [{ name: 'x:1', wallMs: 1, by: 'x' }],
        departed: [{ name: 'y:1', incarnation: 1, why: 'left', toll: 3 }],
        merged: [{ lineage: 'k', version: 1, members: [], by: 'x' }],
        tenants: [],
      },
    }
    const { why, ...applicant } = { ...only!, colour: 'blue', metadata: { rack: 7 } }
    for (const message of [
      { type: 'gms.view', record: later },
      { type: 'gms.join-rsp', record: later },
      { type: 'gms.join-req', applicant },
      { type: 'gms.describe', applicant },
    ])
      expect(decodeControlMessage(encodeControlMessage(message))).toEqual(message)
    expect(decodeApplicant(applicant)).toEqual(applicant)
  })

  it('S1: takes a bounded share of what it does not know of a newcomer: it stands in every record', () => {
    const { why, ...applicant } = record.view.members[0]!
    const text = (length: number) => 'x'.repeat(length)
    expect(decodeApplicant({ ...applicant, colour: text(beyondMaxChars - 100) })).toBeDefined()
    expect(decodeApplicant({ ...applicant, colour: text(beyondMaxChars) })).toBeUndefined()
    expect(decodeApplicant({ ...applicant, metadata: { rack: text(beyondMaxChars) } })).toBeUndefined()
  })

  it('never throws on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeControlMessage(bytes)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('never throws on a valid message with bytes exchanged, cut off or added', () => {
    const valid = encodeControlMessage({ type: 'gms.view', record })
    const change = fc.record({ at: fc.nat(valid.length - 1), byte: fc.nat(255), length: fc.nat(valid.length + 4) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = new Uint8Array(valid.length + 4)
        bytes.set(valid)
        for (const { at, byte } of changes) bytes[at] = byte
        expect(() => decodeControlMessage(bytes.subarray(0, changes[0]!.length))).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })

  it('never throws on arbitrary MessagePack values, and takes none that is no message', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decodeControlMessage(packr.pack(value))).toBeUndefined()
        expect(decodeControlMessage(packr.pack({ type: 'gms.view', record: value }))).toBeUndefined()
      }),
    )
  })

  it('drops keys that it does not know, and prototype keys', () => {
    const ping = { type: 'gms.ping', seq: 1, progress: { lineage: 'l', version: 1 } }
    for (const key of ['later', 'constructor', 'prototype', '__proto__']) {
      const decoded = decodeControlMessage(packed({ ...ping, progress: { ...ping.progress, [key]: 1 } }, key))
      expect(decoded, key).toEqual(ping)
      expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('keeps the prototype of what it passes on unread', () => {
    const decoded = decodeControlMessage(packed({ type: 'gms.view', record: { ...record, state: HOSTILE } }))
    const { state } = (decoded as unknown as { record: { state: { polluted?: boolean } } }).record
    expect(Object.getPrototypeOf(state)).toBe(Object.prototype)
    expect(state.polluted).toBeUndefined()
  })

  it('takes no message of a type that only objects have', () => {
    for (const type of ['__proto__', 'constructor', 'gms.__proto__', 'toString', ''])
      expect(decodeControlMessage(encodeControlMessage({ type }))).toBeUndefined()
  })
})

describe('B3: bounds of what comes over a link', () => {
  const member = record.view.members[0]!
  const many = (count: number) => Array.from({ length: count }, (_, at) => ({ ...member, name: `n${at}:1` }))
  const names = (count: number) => many(count).map(({ name }) => name)
  const withView = (change: object) => ({
    type: 'gms.view',
    record: { ...record, view: { ...record.view, ...change } },
  })
  const delta = {
    ...{ base: { lineage: 'l', version: 4 }, epoch: 5, origin: record.origin, digest: 7 },
    ...{ left: [], joined: [], updated: [], barred: [], paroles: [] },
  }
  const withDelta = (change: object) => ({ type: 'gms.delta', delta: { ...delta, ...change } })
  const departure = { name: 'b:1', incarnation: 1, why: 'left' }
  const applicant = { name: 'a:1', incarnation: 7, address: 'a:1', voterId: 'v' }
  const describing = (change: object) => ({ type: 'gms.describe', applicant: { ...applicant, ...change } })
  const takes = (message: object) => decodeControlMessage(encodeControlMessage(message)) !== undefined

  /** What is just small enough, and what is just too large. */
  const asking = (more: object) => ({
    type: 'gms.operation-req',
    request: { id: 'o', part: 'p', body: null, forMs: 1, ...more },
  })
  const bounds: readonly (readonly [string, object, object])[] = [
    ['members of a view', withView({ members: many(1024) }), withView({ members: many(1025) })],
    ['barred names', withView({ barred: names(1024) }), withView({ barred: names(1025) })],
    [
      'departures',
      withView({ departed: Array(32).fill(departure) }),
      withView({ departed: Array(33).fill(departure) }),
    ],
    ['joins of a delta', withDelta({ joined: many(1024) }), withDelta({ joined: many(1025) })],
    ['updates of a delta', withDelta({ updated: many(1024) }), withDelta({ updated: many(1025) })],
    [
      'leavers of a delta',
      withDelta({ left: Array(1024).fill(departure) }),
      withDelta({ left: Array(1025).fill(departure) }),
    ],
    [
      'paroles',
      withDelta({ paroles: [{ name: 'b:1', wallMs: 1 }] }),
      withDelta({ paroles: [{ name: 'b:1', wallMs: -1 }] }),
    ],
    ['a name', { type: 'gms.admit', name: 'x'.repeat(255) }, { type: 'gms.admit', name: 'x'.repeat(256) }],
    ['no name', { type: 'gms.admit', name: 'x' }, { type: 'gms.admit', name: '' }],
    ['what is spoken', describing({ speaks: 255 }), describing({ speaks: 256 })],
    ['a zone', describing({ metadata: { zone: 'z'.repeat(64) } }), describing({ metadata: { zone: 'z'.repeat(65) } })],
    ['a weight', describing({ metadata: { weight: 1000 } }), describing({ metadata: { weight: 0 } })],
    ['an address', describing({ address: '[::1]:1' }), describing({ address: 'nowhere' })],
    ['the body of an operation', asking({ body: 'x'.repeat(65_000) }), asking({ body: 'x'.repeat(66_000) })],
    ['a body of a mebibyte', asking({}), asking({ body: new Uint8Array(1_048_576) })],
    ['the id of an operation', asking({ id: 'x'.repeat(128) }), asking({ id: 'x'.repeat(129) })],
    ['the part of an operation', asking({ part: 'a'.repeat(32) }), asking({ part: 'A part' })],
    ['how long one waits', asking({ forMs: 600_000 }), asking({ forMs: 600_001 })],
    [
      'the end of an operation',
      { type: 'gms.operation-rsp', id: 'o', result: { kind: 'refused', why: 'busy' } },
      { type: 'gms.operation-rsp', id: 'o', result: { kind: 'refused', why: 'a whim' } },
    ],
    ['an incarnation', { type: 'gms.decline', incarnation: 0 }, { type: 'gms.decline', incarnation: 0.5 }],
    [
      'a large incarnation',
      { type: 'gms.decline', incarnation: 2 ** 53 - 1 },
      { type: 'gms.decline', incarnation: 2 ** 60 },
    ],
    [
      'the time of a bar',
      { type: 'gms.expel', name: 'b:1', incarnation: 1, bar: { kind: 'for', ms: 1 } },
      { type: 'gms.expel', name: 'b:1', incarnation: 1, bar: { kind: 'for', ms: Number.POSITIVE_INFINITY } },
    ],
    [
      'a term that is granted',
      { type: 'gms.lease-rsp', seq: 1, granted: true, forMs: 600_000 },
      { type: 'gms.lease-rsp', seq: 1, granted: true, forMs: 600_001 },
    ],
  ]

  it.each(bounds)('%s', (_, small, large) => {
    expect(takes(small)).toBe(true)
    expect(takes(large)).toBe(false)
  })

  it('a suspicion of a later version says more, and is understood without it', () => {
    const suspect = { type: 'gms.suspect', name: 'b:1', incarnation: 1 }
    for (const more of [{}, { soon: true }, { first: { by: 'c:1', seq: 3 } }, { later: { what: 'ever' } }])
      expect(decodeControlMessage(encodeControlMessage({ ...suspect, ...more }))).toMatchObject(suspect)
    expect(takes({ ...suspect, soon: 'perhaps' })).toBe(false)
  })

  it('labels with the names of prototypes are labels, and __proto__ is none', () => {
    const labels = new Map([
      ['__proto__', 'polluted'],
      ['constructor', 'x'],
      ['rack', 'r1'],
    ])
    const decoded = decodeControlMessage(
      packr.pack(toMap({ type: 'gms.describe', applicant: { ...applicant, metadata: { labels } } })),
    )
    const message = decoded as unknown as { applicant: { metadata: { labels: object } } }
    expect(Object.keys(message.applicant.metadata.labels)).toEqual(expect.arrayContaining(['constructor', 'rack']))
    expect(Object.hasOwn(message.applicant.metadata.labels, '__proto__')).toBe(false)
    expect(Object.getPrototypeOf(message.applicant.metadata.labels)).toBe(Object.prototype)
  })
})

/** Packs an object as a map; `key` is added at the top. A hostile state has its prototype exchanged. */
function packed(message: object, key?: string): Uint8Array {
  return packr.pack(toMap(key === undefined ? message : new Map([...Object.entries(message), [key, hostile]])))
}

function toMap(value: unknown): unknown {
  if (value === HOSTILE) return new Map([['__proto__', hostile]])
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, toMap(inner)]))
  if (Array.isArray(value)) return value.map(toMap)
  if (typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([key, inner]) => [key, toMap(inner)]))
}

it('S3: a control message that is nested deeper than may be is refused before anything reads it', () => {
  const nested = (levels: number) =>
    Uint8Array.of(
      ...[0x82, 0xa4, ...Buffer.from('type'), 0xa7, ...Buffer.from('merge.x'), 0xa1, 0x61],
      ...[...Array<number>(levels - 1).fill(0x91), 0xc0],
    )
  expect(unpackControlMessage(nested(packedLevelsMax))).toMatchObject({ type: 'merge.x' })
  expect(unpackControlMessage(nested(packedLevelsMax + 1))).toBeUndefined()
})
