import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partialMatchRemark, slaveMatcher } from './slave-pattern.ts'

describe('A11: who may be a slave', () => {
  it.each([
    ['[.]*', 'anything', true],
    ['web1', 'web1', true],
    ['web1', 'web10', false],
    ['web[1-2].x', 'web2.x', true],
    ['web[1-2].x', 'WEB2.x', false],
    ['web1.x,web2.x', 'web2.x', true],
    ['web[1-2],db', 'db', true],
    ['web[1-2],db', 'db1', false],
    ['Web.*', 'web1', false],
    ['web\\d', 'webd', true],
    ['web\\d', 'web1', false],
    ['web1\\.x', 'web1.x', true],
    ['web1\\.x', 'web1_x', false],
    ['web[\\.]x', 'web\\x', true],
    ['web[]a]x', 'web]x', true],
    ['web[^a]x', 'webax', false],
    ['web[1-2].x', 'web3.x', false],
    ['web.*', 'web9.example', true],
    ['web[[:digit:]]+', 'web12', true],
    ['web[[:digit:]]+', 'webd', false],
  ])('A11: the slave pattern %s and %s', (pattern, host, admitted) => {
    expect(slaveMatcher(pattern)?.(host)).toBe(admitted)
  })

  it.each([
    ['web[0-9]+', true],
    ['^web.*', false],
    ['.*web.*', false],
    ['^web[0-9]+$', false],
    ['web[0-9]+$', true],
    ['web1', false],
    ['web[1-3],db', false],
    ['[.]*', false],
  ])('A11: %s is one that CHMPX also finds in the middle of a name: %s', (pattern, told) => {
    expect(partialMatchRemark(pattern) !== undefined).toBe(told)
  })

  it('A11: any pattern is a test or none, and tests any name', () => {
    const pattern = fc.string({
      unit: fc.constantFrom('[', ']', '^', '-', ':', '(', ')', '\\', '.', '*', '{', 'a', '1', '$', ','),
    })
    fc.assert(
      fc.property(pattern, fc.string(), (one, name) => {
        expect([true, false, undefined]).toContain(slaveMatcher(one)?.(name))
      }),
    )
  })
})
