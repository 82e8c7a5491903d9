import { describe, expect, it } from 'vitest'
import { aFlag, aPort, aText, checkArguments, listOf, milliseconds, oneOf, optional } from './argument-rules.ts'
import { ArgumentError } from './error.ts'

const rules = {
  name: aText,
  port: optional(aPort),
  waitMs: optional(milliseconds),
  role: optional(oneOf('one', 'other')),
  names: optional(listOf(aText)),
  isOn: optional(aFlag),
  key: optional({ ...aText, isSecret: true }),
}

describe('checkArguments', () => {
  it('takes what fits, and what it does not know', () => {
    checkArguments('f()', { name: 'x' }, rules)
    checkArguments('f()', { name: '', port: 0, waitMs: 0.5, role: 'one', names: ['a'], isOn: false, more: 1 }, rules)
    checkArguments('f()', { name: 'x', port: undefined }, rules)
  })

  it.each([
    [undefined, 'f(): the argument is undefined, and has to be an object.'],
    [{}, 'f(): name is undefined, and has to be a text.'],
    [{ name: 'x', port: '80' }, 'f(): port is "80", and has to be a whole number from 0 to 65535.'],
    [{ name: 'x', waitMs: Number.NaN }, 'f(): waitMs is NaN, and has to be a number of milliseconds, 0 or more.'],
    [{ name: 'x', waitMs: 2n }, 'f(): waitMs is 2n, and has to be a number of milliseconds, 0 or more.'],
    [{ name: 'x', role: 'third' }, 'f(): role is "third", and has to be "one" or "other".'],
    [{ name: 'x', names: ['a', 1] }, 'f(): names is an object (Array), and has to be a list, each of it a text.'],
    [{ name: 'x', isOn: null }, 'f(): isOn is null, and has to be true or false.'],
    [{ name: 'x', key: 17 }, 'f(): key is number, and has to be a text.'],
    [{ name: Symbol('s') }, 'f(): name is Symbol(s), and has to be a text.'],
  ])('refuses %o', (options, message) => {
    const check = (): void => {
      checkArguments('f()', options, rules)
    }
    expect(check).toThrow(ArgumentError)
    expect(check).toThrow(expect.objectContaining({ code: 'RING_ARGUMENT', message }))
  })
})
