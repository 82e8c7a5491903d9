import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { referred } from './history-reference.ts'
import { quoted, wordsOf } from './words.ts'

describe('A12: a command line', () => {
  test.each([
    ['status', ['status']],
    ['  status   all  ', ['status', 'all']],
    ["echo 'a b'  c", ['echo', 'a b', 'c']],
    ['echo "a \\"b\\" \\\\ \\n"', ['echo', 'a "b" \\ \\n']],
    ['echo a\\ b', ['echo', 'a b']],
    ['nodes # all of them', ['nodes']],
    ['echo a#b', ['echo', 'a#b']],
    ['echo ""', ['echo', '']],
    ['# nothing', []],
    ['', []],
    ['日本 語', ['日本', '語']],
  ])('%j is taken apart', (line, words) => {
    expect(wordsOf(line)).toEqual(words)
  })

  test('a quote that is not closed is told, not guessed', () => {
    expect(() => wordsOf('echo "a')).toThrow(UsageError)
    expect(() => wordsOf("echo 'a")).toThrow(/close the quote/)
  })

  test('any line is words, or a UsageError', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (line) => {
        try {
          expect(wordsOf(line).length).toBeLessThanOrEqual(line.length)
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
        }
      }),
    )
  })

  test('a word that is quoted is read as itself again', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { maxLength: 5 }), (words) => {
        expect(wordsOf(words.map(quoted).join(' '))).toEqual(words)
      }),
    )
  })
})

describe('A12: a reference to the history', () => {
  const history = ['nodes', 'check', 'status all']

  test.each([
    ['!!', 'status all'],
    ['!1', 'nodes'],
    ['!-2', 'check'],
    ['!2 noupdate', 'check noupdate'],
    ['!! --json', 'status all --json'],
    ['! ls', '! ls'],
    ['!ls', '!ls'],
    ['!', '!'],
    ['!1x', '!1x'],
    ['status', 'status'],
  ])('%j is %j', (line, meant) => {
    expect(referred(line, history)).toBe(meant)
  })

  test.each([['!4'], ['!0'], ['!-4'], ['!999999999']])('%j is not there', (line) => {
    expect(() => referred(line, history)).toThrow(/lines 1 to 3/)
    expect(() => referred(line, [])).toThrow(/empty/)
  })
})
