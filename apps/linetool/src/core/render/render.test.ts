import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { checkRing } from '../check/check.ts'
import { commandNames } from '../commands/command-table.ts'
import { options } from '../options/option-table.ts'
import { SimulatedRing } from '../ring/simulated-ring.testdata.ts'
import { checkText } from './check-text.ts'
import { commandHelp, programHelp } from './help.ts'
import { nodesText, statusText } from './ring-text.ts'
import { ageText, durationText } from './state-cells.ts'
import { tableText } from './table-text.ts'
import { plainView } from './view.ts'

describe('A12: tables', () => {
  const narrow = { ...plainView, columns: 60 }
  const widest = (text: string) => Math.max(...text.split('\n').map((line) => stringWidth(line)))

  test('as wide as the terminal at most, Japanese text too', () => {
    const rows = [
      ['ノード一号機.example:8021', '接続できません: 応答がありませんでした、もう一度試してください', 'x'],
      ['b', 'a very long text that has to be wrapped somewhere in the middle of it', 'y'],
    ]
    const text = tableText(['node', 'answer', 'n'], rows, narrow)
    for (const letter of rows.flat().join('').replaceAll(' ', '')) expect(text).toContain(letter)
    expect(widest(text)).toBeLessThanOrEqual(60)
    expect(text).toContain('that has to ')
  })

  test('control characters, empty cells and missing ones are shown without harm', () => {
    const text = tableText(['a', 'b'], [['x\u001b[31my\tz', ''], ['only']], plainView)
    expect(text).toContain('x\ufffd[31my z')
    expect(tableText(['a'], [], plainView)).toContain('a')
  })

  test('in ASCII on request', () => {
    expect(tableText(['a', 'b'], [['1', '2']], { ...plainView, ascii: true })).toMatch(/^[\n -~]*$/)
  })

  test('colours are put on after widths were measured', () => {
    const painting = { ...plainView, paint: (_: string, text: string) => `\u001b[31m${text}\u001b[39m` }
    const rows = [
      ['UP', 'x'],
      [{ text: 'DOWN', paint: 'red' }, 'y'],
    ] as const
    expect(stripVTControlCharacters(tableText(['a', 'b'], rows, painting))).toBe(tableText(['a', 'b'], rows, plainView))
  })

  test('a ring of 100 nodes fits 80 columns', () => {
    const picture = new SimulatedRing({ servers: 60, slaves: 40 }).picture()
    const view = { ...plainView, columns: 80 }
    const texts = [
      nodesText(picture.nodes, picture, view),
      statusText(picture, view),
      checkText(picture, checkRing(picture), view),
    ]
    for (const text of texts) expect(widest(text)).toBeLessThanOrEqual(80)
  })

  test('ages in one figure', () => {
    expect([0, 950, 1_500, 61_000, 3_700_000, 90_000_000].map(durationText)).toEqual([
      '0.0 s',
      '0.9 s',
      '1.5 s',
      '1 min',
      '1 h',
      '1 d',
    ])
    expect(ageText(undefined, 0)).toBe('-')
  })
})

describe('A12: help', () => {
  test('the program names every command and option', () => {
    const text = programHelp()
    for (const name of commandNames) expect(text).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
    for (const { names } of options) for (const name of names) expect(text).toContain(name)
  })

  test.each(commandNames.map((name) => [name]))('help %s says what it takes, and no line is too long', (name) => {
    const text = commandHelp(name)
    expect(text.startsWith(name)).toBe(true)
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(110)
  })

  test('a word that is none is told what may be meant', () => {
    expect(() => commandHelp('serviceot')).toThrow(/Did you mean serviceout\?/)
  })
})
