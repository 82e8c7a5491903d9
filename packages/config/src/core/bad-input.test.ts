import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { longestText } from './assembly.ts'
import { ConfigurationError } from './error.ts'
import { parseText } from './parse-text.testdata.ts'
import { choice, type Field, integer, path, port, text, yesNo } from './sections/field.ts'
import { globalSection } from './sections/global-section.ts'
import { list } from './sections/list-field.ts'
import { durationMs, sizeBytes } from './sections/measure-field.ts'
import { type AnySection, defineSection, keyOf } from './sections/section.ts'
import { serverSection } from './sections/server-section.ts'
import { slaveSection } from './sections/slave-section.ts'
import type { Syntax } from './text/syntax.ts'

/** One field of every kind that a package can define. */
const every = defineSection('EVERY', {
  text: text({ optional: true, maxLength: 9 }),
  integer: integer({ optional: true, min: 1, max: 5 }),
  port: port({ optional: true }),
  yesNo: yesNo({ optional: true }),
  choice: choice(['one', 'two'], { optional: true }),
  duration: durationMs({ optional: true, max: 1000 }),
  size: sizeBytes({ optional: true, max: 1000 }),
  list: list({ optional: true, maxItems: 2 }),
  path: path({ optional: true }),
  secret: integer({ optional: true, secret: true, min: 0 }),
})

const base = {
  GLOBAL: { GROUP: 'G', FILEVERSION: '1', DELIVERMODE: 'hash', PORT: '1', CTLPORT: '2' },
  SVRNODE: { NAME: 'a' },
  SLVNODE: { NAME: 'b' },
  EVERY: {},
}

function issuesOf(content: unknown, syntax: Syntax = 'json') {
  try {
    return parseText(typeof content === 'string' ? content : JSON.stringify(content), syntax, [every]).warnings
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues
    throw error
  }
}

const sections: readonly AnySection[] = [globalSection, serverSection, slaveSection, every]
const fields = sections.flatMap((section) =>
  Object.entries<Field<unknown>>(section.fields).map(([property, field]) => ({
    section: section.name as keyof typeof base,
    key: keyOf(property, field),
    field,
  })),
)

/** Values that no field of this kind accepts. */
function wrong(kind: string): readonly unknown[] {
  const never: unknown[] = [{ a: 'map' }, [['nested']]]
  if (kind === 'text') return [...never, ['a', 'b'], 'x\u0007y', 'x'.repeat(5000)]
  if (kind === 'path') return [...never, ['a'], 'a\0b', 'x'.repeat(2000)]
  if (kind === 'list') return [...never, ['a', 'b\nc'], Array.from({ length: 2000 }, () => 'x')]
  if (kind === 'host names') return [...never, 'two words', 'a[1-', 'a'.repeat(300)]
  if (kind === 'list of host[:port]') return [...never, 'a:0', 'a:b', 'a,'.repeat(65)]
  if (kind === 'date') return [...never, ['1', '2']]
  if (kind === 'port') return [...never, ['1'], '0', '65536', '-1', 'http', '1.5', '0x50', true]
  return [...never, ['1', '2'], 'hello', '1.5.5', '-99999999999', '1e400', 'NaN', '\u0661']
}

describe('A1: every key with a value of a wrong type', () => {
  it.each(fields)('A1: [$section] $key', ({ section, key, field }) => {
    for (const value of wrong(field.kind)) {
      const issues = issuesOf({ ...base, [section]: { ...base[section], [key]: value } })
      const own = issues.filter((issue) => issue.severity === 'error' && issue.key?.toUpperCase() === key)
      expect(own, JSON.stringify(value).slice(0, 40)).not.toEqual([])
      expect(own[0]).toMatchObject({ section, line: 1, rule: expect.stringMatching(/^(must|is required)/) as string })
      if (field.secret) expect(JSON.stringify(issues)).not.toContain('hello')
    }
  })

  it('A1: any value of any key is taken or told, and nothing else', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.array(fc.string({ maxLength: 8 }), { maxLength: 8 }),
      fc.jsonValue({ maxDepth: 3 }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...fields), value, ({ section, key }, one) => {
        issuesOf({ ...base, [section]: { ...base[section], [key]: one } })
      }),
      { numRuns: 300 },
    )
  })
})

describe('A1: texts that mean harm', () => {
  /** A quarter of what is allowed: enough for a cost that grows with the square to run into the time-out of the test. */
  const length = longestText / 4

  function refused(content: string, syntax: Syntax) {
    const issues = issuesOf(content, syntax)
    expect(issues.some(({ severity }) => severity === 'error')).toBe(true)
    return issues
  }

  it('A1: random bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.constantFrom<Syntax>('ini', 'yaml', 'json'),
        (bytes, syntax) => {
          refused(new TextDecoder().decode(bytes), syntax)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('A1: a billion laughs', () => {
    const lines = ['a0: &a0 [lol, lol]']
    for (let level = 1; level < 60; level++) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]`)
    }
    expect(refused(lines.join('\n'), 'yaml').every(({ rule }) => !/aliases|required|list|map/.test(rule))).toBe(false)
    refused(`GLOBAL: &g {GROUP: x}\nSVRNODE: [*g]\n`, 'yaml')
    refused('GLOBAL: &g {GROUP: x, <<: *g}\n', 'yaml')
  })

  // Each costs the YAML parser most for its length; the number of tokens is what bounds it. (What nests is in parse.test.ts.)
  const costly = [
    ',',
    '"\n',
    "'\n",
    '\n- a',
    '- a\n',
    'a\n',
    '- >\n',
    '"a" ',
    '[],',
    'a: b\n',
    '? a\n: b\n',
    '!x ',
    '&a ',
  ]

  it.each(costly)('A1: a long text of %j is refused, and soon', (part) => {
    for (const start of ['', 'S: [']) {
      refused((start + part.repeat(length)).slice(0, length), 'yaml')
    }
  })

  const secureGlobal = '[GLOBAL]\nSSL=on\n'
  const iniTexts: readonly [string, string][] = [
    ...['[A]\n', 'A=1\n', '[SVRNODE]\n', '[SVRNODE]\nNAME=a\n', '=', '[', 'INCLUDE=x\n', 'INCLUD=\n'].map(
      (part): [string, string] => ['', part],
    ),
    [secureGlobal, '[SVRNODE]\n'],
    [secureGlobal, '[SVRNODE]\nNAME=[1-9][1-9][1-9]\n'],
    ...['a,', '[', ',[', 'a[1-9]', '"a",'].map((part): [string, string] => ['[SVRNODE]\nNAME=', part]),
    ...['"\\",', "',", '"a'].map((part): [string, string] => ['[SVRNODE]\nENDPOINTS=', part]),
  ]

  it.each(iniTexts)('A1: a long INI text, %j and then %j, is refused, and soon', (start, part) => {
    refused((start + part.repeat(length)).slice(0, length), 'ini')
  })

  it('A1: more than a megabyte', () => {
    expect(refused('#'.repeat(longestText + 1), 'yaml')[0]?.rule).toMatch(/at most 1048576 characters/)
  })

  it('A1: keys of the prototype stay keys', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      const content = JSON.stringify({ ...base, GLOBAL: { ...base.GLOBAL, KEY: { GROUP: 'x' } } }).replace(
        '"KEY"',
        `"${key}"`,
      )
      expect(issuesOf(content).map(({ rule }) => rule)).toEqual([
        expect.stringContaining('is not a key of this section'),
      ])
      const known = JSON.stringify({ ...base, KEY: { a: '1' } }).replace('"KEY"', `"${key}"`)
      expect(issuesOf(known).map(({ rule }) => rule)).toEqual([expect.stringContaining('is not a known section')])
      expect(({} as Record<string, unknown>)['a']).toBeUndefined()
    }
  })
})
