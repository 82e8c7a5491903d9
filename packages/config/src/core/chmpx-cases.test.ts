import { describe, expect, it } from 'vitest'
import cases from './chmpx-cases.testdata.json' with { type: 'json' }
import { said } from './chmpx-said.testdata.ts'
import type { Configuration } from './configuration.ts'
import { ConfigurationError } from './error.ts'
import { parsing } from './parse.ts'
import { drive, parseInput } from './parse-text.testdata.ts'
import { chmpxText } from './text/chmpx-text.ts'
import { syntaxOf } from './text/syntax.ts'

// Each text was given to chmpxconftest of CHMPX 1.0.113; `said` is what it printed of it, `differs` why Ring does not follow.

function read(file: string, text: string): Configuration | ConfigurationError {
  const syntax = syntaxOf(file.toLowerCase(), text)
  try {
    return drive(parsing({ ...parseInput(text, syntax), origin: { kind: 'file', path: file, syntax } })).configuration
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
}

const printed = (configuration: Configuration) => {
  const { mode } = configuration.global
  return said(chmpxText(configuration, { mode: mode ?? 'server', ownAddress: '192.0.2.2' }))
}

describe('A1: configurations that CHMPX reads', () => {
  it.each(cases.filter(({ differs }) => differs === undefined))('A1: are read as CHMPX does: $file', (one) => {
    const configuration = read(one.file, one.text)
    if (configuration instanceof ConfigurationError) throw configuration
    expect(printed(configuration)).toEqual(one.said)
  })

  it.each(cases.filter(({ differs }) => differs !== undefined))('A1: differ for a reason: $file, $differs', (one) => {
    const configuration = read(one.file, one.text)
    if (configuration instanceof ConfigurationError) return
    const isAlike = JSON.stringify(printed(configuration)) === JSON.stringify(one.said)
    expect(isAlike ? configuration.warnings : ['another reading']).not.toEqual([])
  })
})
