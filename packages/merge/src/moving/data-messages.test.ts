import { describe, expect, it } from 'vitest'
import { dataAnswerOf, dataItemsOf, dataRequestOf, packData, packItems } from './data-messages.ts'

const fixed = (text: string) => [0xa0 + text.length, ...Buffer.from(text)]
/** One of the forms of 7, each as long as it is. */
const sevens = {
  'of 8 bits': [0xcc, 7],
  'of 64 bits': [0xcf, 0, 0, 0, 0, 0, 0, 0, 7],
  'of 64 bits with a sign': [0xd3, 0, 0, 0, 0, 0, 0, 0, 7],
  'as a float': [0xcb, 0x40, 0x1c, 0, 0, 0, 0, 0, 0],
}

describe('what nodes and programs say of data that moves', () => {
  it.each(Object.entries(sevens))('F7: takes whole numbers in the forms of other languages: %s', (_, seven) => {
    const answer = [0x84, ...fixed('items'), 0xc4, 1, 0x90, ...fixed('count'), ...seven]
    const rest = [...fixed('mark'), ...seven, ...fixed('more'), 0xc2]
    expect(dataAnswerOf(Uint8Array.from([...answer, ...rest]))).toEqual({
      ...{ items: Uint8Array.of(0x90), count: 7, mark: 7, more: false },
    })
    expect(dataItemsOf(Uint8Array.from([0x91, 0x92, ...seven, 0xc0]))).toEqual([[7, null]])
  })

  it('S3: a number that is none of ours, and what is cut off, is no answer, no request and no item', () => {
    const huge = [0xcf, 0xff, 0, 0, 0, 0, 0, 0, 7]
    expect(dataItemsOf(Uint8Array.from([0x91, 0x92, ...huge, 0xc0]))).toBeUndefined()
    const answer = packData({ items: packItems([['a', null]]), count: 1, mark: 1, more: false })
    const request = packData({ op: 'open', merge: 'm' })
    for (let end = 0; end < answer.length; end++) expect(dataAnswerOf(answer.subarray(0, end))).toBeUndefined()
    for (let end = 0; end < request.length; end++) expect(dataRequestOf(request.subarray(0, end))).toBeUndefined()
    expect(dataAnswerOf(answer)).toMatchObject({ count: 1 })
    expect(dataRequestOf(request)).toEqual({ op: 'open', merge: 'm' })
  })
})
