import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMergeMessage } from './message.ts'

const standing = { lineage: 'l', version: 1, size: 2, coordinator: 'a:1' }
const life = { name: 'a:1', incarnation: 7, address: 'a:1', voterId: 'v', speaks: 2 }
const messages = [
  { type: 'merge.found', standing },
  { type: 'merge.req', id: '1', standing },
  { type: 'merge.rsp', id: '1', standing, lives: [life] },
  { type: 'merge.refused', id: '1', standing, why: 'busy' },
  { type: 'merge.prepare', id: '1' },
  { type: 'merge.ready', id: '1', life },
  { type: 'merge.cancel', id: '1' },
]

describe('decodeMergeMessage', () => {
  it('takes every message as it is', () => {
    for (const message of messages) expect(decodeMergeMessage(message)).toEqual(message)
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withMap: true, withBigInt: true }), (value) => {
        expect(decodeMergeMessage(value)).toBeUndefined()
      }),
    )
  })

  it('takes none in which one field is something else', () => {
    const wrong = fc.oneof(fc.constant(null), fc.double({ max: -1 }), fc.constant('x'.repeat(400)), fc.constant([{}]))
    fc.assert(
      fc.property(fc.constantFrom(...messages), wrong, fc.nat(), (message, value, pick) => {
        const fields = Object.keys(message)
        expect(decodeMergeMessage({ ...message, [fields[pick % fields.length]!]: value })).toBeUndefined()
      }),
    )
  })

  it('bounds how many lives come', () => {
    const rsp = (count: number) => ({ ...messages[2], lives: Array.from({ length: count }, () => life) })
    expect(decodeMergeMessage(rsp(1024))).toBeDefined()
    expect(decodeMergeMessage(rsp(1025))).toBeUndefined()
  })
})
