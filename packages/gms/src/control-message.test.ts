import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { decodeControlMessage, encodeControlMessage } from './control-message.ts'

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

describe('decodeControlMessage', () => {
  it('gives back what was encoded', () => {
    for (const message of [
      { type: 'gms.ping', seq: 1, progress: { lineage: 'l', version: 3 } },
      { type: 'gms.view', record },
      { type: 'gms.join-refused', reason: { kind: 'older-life', known: 9 } },
      { type: 'gms.branch-req', progress: { lineage: 'l', version: 3 }, lost: ['a:1'] },
    ])
      expect(decodeControlMessage(encodeControlMessage(message))).toEqual({ kind: 'gms', message })
  })

  it('leaves register messages to the register, and knows discovery', () => {
    expect(decodeControlMessage(encodeControlMessage({ type: 'register.fetch' }))).toEqual({ kind: 'register' })
    expect(decodeControlMessage(encodeControlMessage({ type: 'discovery.get-mbrs-req', run: 1 }))).toMatchObject({
      kind: 'discovery',
    })
    expect(decodeControlMessage(encodeControlMessage({ type: 'discovery.get-mbrs-req', run: -1 }))).toBeUndefined()
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
      expect(decoded, key).toEqual({ kind: 'gms', message: ping })
      expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('keeps the prototype of what it passes on unread', () => {
    const decoded = decodeControlMessage(packed({ type: 'gms.view', record: { ...record, state: HOSTILE } }))
    expect(decoded?.kind).toBe('gms')
    const { state } = (decoded as unknown as { message: { record: { state: { polluted?: boolean } } } }).message.record
    expect(Object.getPrototypeOf(state)).toBe(Object.prototype)
    expect(state.polluted).toBeUndefined()
  })

  it('takes no message of a type that only objects have', () => {
    for (const type of ['__proto__', 'constructor', 'gms.__proto__', 'toString', ''])
      expect(decodeControlMessage(encodeControlMessage({ type }))).toBeUndefined()
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
