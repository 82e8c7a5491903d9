import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPieces, writtenInPieces } from './ini-pieces.ts'

describe('A1: a value of INI, piece by piece', () => {
  it.each([
    ['TEST # the group', 'TEST'],
    ['TEST\t#the group', 'TEST'],
    ['TE#ST', 'TE#ST'],
    ['# TEST', '# TEST'],
    ['"TEST" # the group', 'TEST'],
    ['TE"S"T', 'TEST'],
    [`"TE"'ST'`, 'TEST'],
    [`'it''s'`, 'its'],
    ['TE\\ST', 'TEST'],
    ['TE\\\\ST', 'TE\\ST'],
    ['"TE\\ST"', 'TE\\ST'],
    ['"TE\\"\\\\ST"', 'TE"\\ST'],
    [`'TE\\'ST`, 'TE\\ST'],
    ['"TE # ST"', 'TE # ST'],
    ['TEST\\ #1', 'TEST #1'],
    ['" TEST "', 'TEST'],
    ['"a.example","b.example"', 'a.example,b.example'],
    ['', ''],
    ['"', undefined],
    [`'a`, undefined],
    ['a\\', undefined],
  ])('A1: %j says %j', (written, text) => {
    expect(readPieces(written)?.text).toBe(text)
  })

  it('A1: says where a backslash outside quotes is gone', () => {
    expect(readPieces('web\\.example')).toEqual({ text: 'web.example', hasEscape: true })
    expect(readPieces('"web\\.example"')).toEqual({ text: 'web\\.example', hasEscape: false })
  })

  it('A1: reads what it writes, whatever the text', () => {
    const text = fc
      .string({ unit: fc.constantFrom('"', "'", '\\', '#', ' ', '\t', ',', 'a', '=') })
      .map((one) => one.trim())
    fc.assert(
      fc.property(text, (one) => {
        expect(readPieces(writtenInPieces(one))).toEqual({ text: one, hasEscape: false })
      }),
    )
  })
})
