// What every document has to hold to be read as it is meant.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { documentsOf } from './documented-commands/extract.ts'

const root = join(import.meta.dirname, '..')

/** Lines outside of code blocks, each with its number. */
function proseOf(text: string): readonly { readonly text: string; readonly line: number }[] {
  let isCode = false
  return text.split('\n').flatMap((shown, index) => {
    if (/^\s*```/.test(shown)) isCode = !isCode
    return isCode || /^\s*```/.test(shown) ? [] : [{ text: shown, line: index + 1 }]
  })
}

/** As renderers count: a bar parts cells in code too, unless a backslash stands before it. */
const cellsOf = (row: string): number =>
  row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/).length

const isRow = (text: string): boolean => text.trim().startsWith('|')
const isDelimiter = (text: string): boolean => /^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/.test(text)

/** The rows of all tables that have more or fewer cells than the head of their table, and tables without one. */
function brokenRows(text: string): readonly number[] {
  const prose = proseOf(text)
  let columns: number | undefined
  return prose.flatMap(({ text: shown, line }, at) => {
    if (!isRow(shown)) columns = undefined
    else if (columns === undefined) {
      columns = cellsOf(shown)
      const next = prose[at + 1]?.text ?? ''
      return isDelimiter(next) && cellsOf(next) === columns ? [] : [line]
    } else if (cellsOf(shown) !== columns) return [line]
    return []
  })
}

describe('F3: documents', () => {
  const documents = documentsOf(root).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

  it('a table is a table: every row has as many cells as its head', () => {
    expect(brokenRows('| a | b |\n|---|---|\n| `x | y` | 1 |\n| `x \\| y` | 1 |\n')).toEqual([3])
    expect(brokenRows('text\n| a | b |\n| 1 | 2 |\n')).not.toEqual([])
    const broken = documents.flatMap(({ path, text }) => brokenRows(text).map((line) => `${path}:${line}`))
    expect(broken).toEqual([])
  })

  it('a link into the checkout leads to a file', () => {
    const dead = documents.flatMap(({ path, text }) =>
      proseOf(text).flatMap(({ text: shown, line }) =>
        [...shown.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
          .filter(([, target]) => !existsSync(join(root, dirname(path), target!)))
          .map(([, target]) => `${path}:${line}: ${target}`),
      ),
    )
    expect(dead).toEqual([])
  })
})
