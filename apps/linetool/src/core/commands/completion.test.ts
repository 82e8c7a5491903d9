import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commandNames } from './command-table.ts'
import { complete } from './completion.ts'

const nodes = ['a.example:8021', 'a.example:8031', 'b.example:8021']
const files = (begun: string) => [`${begun}.txt`, 'other']
const words = (line: string) => complete(line, nodes, files).words

describe('A12: completion', () => {
  test.each([
    ['servi', ['servicein', 'serviceout']],
    ['MER', ['merge']],
    ['merge ', ['noupdate', 'nodyna', 'start', 'abort', 'complete']],
    ['merge c', ['complete']],
    ['serviceout a', ['a.example:8021', 'a.example:8031']],
    ['sout noupdate b', ['b.example:8021']],
    ['serviceout a.example:8021 --w', ['--wait', '--wait-time']],
    ['status --a', ['--ascii']],
    ['help che', ['check']],
    ['watch 2 sta', ['status', 'statusupdate']],
    ['watch check a', ['all', 'a.example:8021', 'a.example:8031']],
    ['load cmd', ['cmd.txt']],
    ['trace o', ['on', 'off']],
    ['nosuch x', []],
    ['echo ', []],
  ])('%s', (line, expected) => {
    expect(words(line)).toEqual(expected)
  })

  test('nothing typed: all commands', () => {
    expect(words('')).toEqual(commandNames)
  })

  test('whatever is typed, only what begins like it is offered', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (line) => {
        const { words: found, begun } = complete(line, nodes, files)
        for (const word of found) expect(word.toLowerCase().startsWith(begun.toLowerCase())).toBe(true)
      }),
    )
  })
})
