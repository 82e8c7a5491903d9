import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { thrownText } from './thrown-text.ts'

const unreadable = new Error('x')
Object.defineProperty(unreadable, 'message', {
  get: () => {
    throw new Error('y')
  },
})
const hidden = new Proxy(
  {},
  {
    getPrototypeOf: () => {
      throw new Error('z')
    },
  },
)

describe('thrownText', () => {
  it('F1: is the message of an error, and the text of anything else', () => {
    expect([new Error('no'), 'no', 7, null, undefined, Symbol('s')].map(thrownText)).toEqual([
      'no',
      'no',
      '7',
      'null',
      'undefined',
      'Symbol(s)',
    ])
  })

  it.each([
    ['an object without a prototype', Object.create(null)],
    ['an error whose message cannot be read', unreadable],
    ['what does not say of which kind it is', hidden],
    ['an error whose message is no text', Object.assign(new Error('x'), { message: Object.create(null) as string })],
  ])('F1: is a text for %s', (_what, thrown) => {
    expect(thrownText(thrown)).toBe('something was thrown that no text can be made of')
  })

  it('F1: is a text for everything', () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (thrown) => typeof thrownText(thrown) === 'string'))
  })
})
