import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeDiscoveryMessage } from './discovery-message.ts'

const response = {
  type: 'discovery.get-mbrs-rsp',
  run: 3,
  answer: { name: 'a:1', incarnation: 7, address: 'a:1', voterId: 'v', standing: { kind: 'newcomer' } },
}

describe('decodeDiscoveryMessage', () => {
  it('takes both messages as they are', () => {
    expect(decodeDiscoveryMessage(response)).toEqual(response)
    expect(decodeDiscoveryMessage({ type: 'discovery.get-mbrs-req', run: 0 })).toEqual({
      type: 'discovery.get-mbrs-req',
      run: 0,
    })
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withMap: true, withBigInt: true }), (value) => {
        expect(decodeDiscoveryMessage(value)).toBeUndefined()
      }),
    )
  })

  it('takes no valid message in which one field is something else', () => {
    const fields = ['name', 'incarnation', 'address', 'voterId', 'standing'] as const
    const wrong = fc.oneof(fc.constant(null), fc.double({ max: -1 }), fc.array(fc.nat()), fc.constant('x'.repeat(400)))
    fc.assert(
      fc.property(fc.constantFrom(...fields), wrong, (field, value) => {
        expect(decodeDiscoveryMessage({ ...response, answer: { ...response.answer, [field]: value } })).toBeUndefined()
      }),
    )
  })

  it('drops keys that it does not know, prototype keys among them', () => {
    const hostile: unknown = JSON.parse(
      JSON.stringify(response).replace(
        '{',
        '{"__proto__":{"polluted":true},"constructor":{"polluted":true},"later":1,',
      ),
    )
    const decoded = decodeDiscoveryMessage(hostile)
    expect(decoded).toEqual(response)
    expect(Object.keys(decoded!).sort()).toEqual(['answer', 'run', 'type'])
    expect((decoded as unknown as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('bounds every list and text', () => {
    const members = Array.from({ length: 1025 }, () => ({ name: 'a:1', address: 'a:1' }))
    const standing = { kind: 'member', coordinator: members[0], lineage: 'l', version: 1, members }
    const withMembers = (count: number) => ({
      ...response,
      answer: { ...response.answer, standing: { ...standing, members: members.slice(0, count) } },
    })
    expect(decodeDiscoveryMessage(withMembers(1024))).toBeDefined()
    expect(decodeDiscoveryMessage(withMembers(1025))).toBeUndefined()
  })
})
