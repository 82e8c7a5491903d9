import { describe, expect, expectTypeOf, it } from 'vitest'
import { ConfigurationError, SectionNotLoadedError } from '../error.ts'
import { formatIssue } from '../issue.ts'
import { parseText } from '../parse-text.testdata.ts'
import { choice, type Field, integer, path, port, text, yesNo } from './field.ts'
import { choiceList, list } from './list-field.ts'
import { durationMs, sizeBytes } from './measure-field.ts'
import { type AnySection, defineSection } from './section.ts'

const context = { resolvePath: (name: string) => `/base/${name}` }

function convert<T>(field: Field<T>, raw: string | readonly string[]): unknown {
  const converted = field.convert(raw, context)
  return converted.kind === 'value' ? converted.value : converted.kind
}

const cases: readonly [string, Field<unknown>, string | readonly string[], unknown][] = [
  ['text', text({}), ' a b ', ' a b '],
  ['text', text({}), 'a\n', 'a'],
  ['text', text({}), ' ', 'absent'],
  ['integer', integer({ max: 3, cut: true }), '4', 3],
  ['integer', integer({ max: 3, cut: true }), '4x', 'broken'],
  ['text', text({}), '', 'absent'],
  ['text', text({ maxLength: 2 }), 'abc', 'broken'],
  ['text', text({}), ['a'], 'broken'],
  ['integer', integer({}), '-12', -12],
  ['integer', integer({}), '0x10', 'broken'],
  ['integer', integer({}), '1e3', 'broken'],
  ['integer', integer({}), '99999999999999999', 'broken'],
  ['integer', integer({ min: 1, max: 3 }), '3', 3],
  ['integer', integer({ min: 1, max: 3 }), '4', 'broken'],
  ['choiceList', choiceList(['a', 'b'], {}), 'B, a, b', ['b', 'a']],
  ['choiceList', choiceList(['a', 'b'], {}), ['A'], ['a']],
  ['choiceList', choiceList(['a', 'b'], {}), 'a, c', 'broken'],
  ['choiceList', choiceList(['a', 'b'], {}), ' , ', 'absent'],
  ['port', port({}), '65535', 65535],
  ['port', port({}), '0', 'broken'],
  ['port', port({}), '65536', 'broken'],
  ['port', port({}), 'http', 'broken'],
  ...['on', 'YES', 'true', '1'].map(
    (word) => ['yesNo', yesNo({}), word, true] as [string, Field<unknown>, string, boolean],
  ),
  ...['Off', 'no', 'FALSE', '0'].map(
    (word) => ['yesNo', yesNo({}), word, false] as [string, Field<unknown>, string, boolean],
  ),
  ['yesNo', yesNo({}), 'maybe', 'broken'],
  ['choice', choice(['none', 'majority'], {}), 'Majority', 'majority'],
  ['choice', choice(['none'], { aliases: { NO: 'none' } }), 'no', 'none'],
  ['choice', choice(['none'], {}), '__proto__', 'broken'],
  ['durationMs', durationMs({}), '1500ms', 1500],
  ['durationMs', durationMs({}), '2 s', 2000],
  ['durationMs', durationMs({}), '1.5m', 90_000],
  ['durationMs', durationMs({}), '250', 250],
  ['durationMs', durationMs({}), '-1', 'broken'],
  ['durationMs', durationMs({}), '2 parsecs', 'broken'],
  ['durationMs', durationMs({ max: 1000 }), '2s', 'broken'],
  ['sizeBytes', sizeBytes({}), '64KiB', 65_536],
  ['sizeBytes', sizeBytes({}), '10MB', 10_000_000],
  ['sizeBytes', sizeBytes({}), '10', 10],
  ['sizeBytes', sizeBytes({ min: 11 }), '10', 'broken'],
  ['list', list({}), 'a, "b" ,,c', ['a', 'b', 'c']],
  ['list', list({}), ['a', 'b'], ['a', 'b']],
  ['list', list({}), ' , ', 'absent'],
  ['list', list({ maxItems: 1 }), 'a,b', 'broken'],
  ['path', path({}), 'x.pem', '/base/x.pem'],
  ['path', path({}), 'NULL', 'absent'],
  ['path', path({}), 'a\0b', 'broken'],
]

describe('A1: kinds of fields', () => {
  it.each(cases)('A1: %s %#', (_, field, raw, expected) => {
    expect(convert(field, raw)).toEqual(expected)
  })
})

const ring = defineSection('RING', {
  QUORUM: choice(['none', 'majority'], { default: 'none', doc: 'who decides' }),
  stateDir: path({ optional: true }),
  detect: durationMs({ default: 3000 }),
  groupKey: text({ key: 'GROUP_KEY', optional: true, secret: true, maxLength: 8 }),
  seeds: list({ default: [] }),
})
const pool = defineSection('POOL', { name: text({}), load: integer({ default: 1 }) }, { repeats: true })

const base = '[GLOBAL]\nGROUP=G\nFILEVERSION=1\nDELIVERMODE=random\nPORT=1\nCTLPORT=2\n[SVRNODE]\nNAME=a\n'

const parse = (addition: string, sections: readonly AnySection[] = [ring, pool]) =>
  parseText(base + addition, 'ini', sections)

describe('A1: sections of other packages', () => {
  it('A1: values and types follow from the definition', () => {
    const configuration = parse(
      '[RING]\nQUORUM = MAJORITY\nSTATEDIR = state\nSEEDS = a,b\n[POOL]\nNAME=p\n[POOL]\nNAME=q\nLOAD=2\n',
    )
    const values = configuration.section(ring)
    expectTypeOf(values.QUORUM).toEqualTypeOf<'none' | 'majority'>()
    expectTypeOf(values.stateDir).toEqualTypeOf<string | undefined>()
    expectTypeOf(values.detect).toEqualTypeOf<number>()
    expectTypeOf(configuration.global.mode).toEqualTypeOf<'server' | 'slave' | undefined>()
    expectTypeOf(configuration.global.autoMerge).toEqualTypeOf<boolean>()
    expect(values).toStrictEqual({
      QUORUM: 'majority',
      stateDir: '/etc/ring/state',
      detect: 3000,
      groupKey: undefined,
      seeds: ['a', 'b'],
    })
    expect(Object.isFrozen(values.seeds)).toBe(true)
    const pools = configuration.section(pool)
    expectTypeOf(pools[0]!.load).toEqualTypeOf<number>()
    expect(pools).toStrictEqual([
      { name: 'p', load: 1 },
      { name: 'q', load: 2 },
    ])
  })

  it('A1: a section that is not in the file has its defaults', () => {
    expect(parse('').section(ring).QUORUM).toBe('none')
    expect(parse('').section(pool)).toEqual([])
  })

  it('A1: a section that was not passed to the loader is an error with a code', () => {
    expect(() => parse('', [pool]).section(ring)).toThrow(SectionNotLoadedError)
  })

  it('A1: secrets are masked', () => {
    try {
      parse('[RING]\nGROUP_KEY = hunter2hunter2\n')
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError)
      const { issues, message } = error as ConfigurationError
      expect(issues.filter(({ severity }) => severity === 'error').map(formatIssue)).toEqual([
        'ring.ini:10: [RING] GROUP_KEY = ***: must be at most 8 characters',
      ])
      expect(JSON.stringify(issues) + message).not.toContain('hunter2')
    }
  })
})
