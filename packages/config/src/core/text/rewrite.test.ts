import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Configuration } from '../configuration.ts'
import { drive, type MemoryFiles, parseInput, parseText } from '../parse-text.testdata.ts'
import { sampleIni, sampleJson, sampleYaml } from '../sample.testdata.ts'
import { type Field, path, text, yesNo } from '../sections/field.ts'
import { globalSection } from '../sections/global-section.ts'
import { list } from '../sections/list-field.ts'
import { sizeBytes } from '../sections/measure-field.ts'
import { type AnySection, defineSection, keyOf } from '../sections/section.ts'
import { slaveSection } from '../sections/slave-section.ts'
import { rewriting } from './rewrite.ts'
import type { Syntax } from './syntax.ts'

const syntaxes = ['ini', 'yaml', 'json'] as const

const ring = defineSection('RING', {
  groupKey: list({ default: [], secret: true }),
  note: text({ optional: true }),
  stateDir: path({ optional: true }),
  buffer: sizeBytes({ default: 0 }),
  forgetful: yesNo({ default: false }),
})

function rewrite(source: string, from: Syntax, syntax: Syntax, files: MemoryFiles = {}) {
  const placed = (_: string, absolute: string) => absolute.replace(/^\/etc\/ring\//, '')
  return drive(rewriting(parseInput(source, from, [ring]), { syntax, placed }), files)
}

/** A text of one line with what the three syntaxes have another use for. */
const oddText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        "'",
        '\\',
        ',',
        '#',
        ';',
        ':',
        ' ',
        '[',
        ']',
        '{',
        '}',
        '=',
        '&',
        '*',
        '!',
        '|',
        '-',
        '?',
        '%',
        '@',
        '`',
        'null',
        '~',
        'a',
        '0',
      ),
      fc.string({ unit: 'grapheme', maxLength: 2 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join('').trim())
  .filter((one) => one !== '' && !/\p{Cc}/u.test(one))

const host = fc.constantFrom('h', '::1', '10.0.0.1', 'gate.example')
const endpoint = fc.tuple(host, fc.option(fc.integer({ min: 1, max: 65_535 }))).map(([name, port]) => {
  if (port === null) return name
  return name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`
})

/** Valid raw values of a field, found by its kind. */
function valuesOf(field: Field<unknown>): fc.Arbitrary<string | readonly string[]> {
  const { kind } = field
  if (kind === 'text') return oddText
  if (kind === 'path') return fc.constantFrom('NULL', 'null', 'x/y.pem', '/abs/z', './q', 'with space, and #')
  if (kind === 'list') return fc.oneof(fc.array(oddText, { minLength: 1, maxLength: 4 }), oddText)
  if (kind === 'list of host[:port]') {
    return fc.array(endpoint, { minLength: 1, maxLength: 4 }).chain((all) => fc.constantFrom(all, all.join(',')))
  }
  if (kind === 'port') return fc.integer({ min: 1, max: 65_535 }).map(String)
  if (kind === 'yes/no') return fc.constantFrom('yes', 'On', 'TRUE', '1', 'no', 'off', 'false', '0')
  if (kind === 'date') return fc.constant('Sat, 21 Nov 2026 10:00:00 +0900')
  if (kind.startsWith('size')) return fc.constantFrom('1', '64KiB', '1.5 MB')
  if (kind.startsWith('integer')) return fc.constantFrom('1', '2', '+3', '007')
  if (kind.includes(' | ')) return fc.constantFrom(...kind.split(' | '))
  throw new Error(`no values for ${kind}`)
}

/** Any of the optional keys of a section. */
function entriesOf(section: AnySection, left: readonly string[] = []): fc.Arbitrary<Record<string, unknown>> {
  const optional = Object.entries<Field<unknown>>(section.fields)
    .map(([name, field]) => ({ key: keyOf(name, field), field }))
    .filter(({ key }) => !left.includes(key))
  return fc.record(Object.fromEntries(optional.map(({ key, field }) => [key, valuesOf(field)])), { requiredKeys: [] })
}

const tls = [
  'SSL',
  'SSL_VERIFY_PEER',
  'SSL_MIN_VER',
  'CAPATH',
  'SERVER_CERT',
  'SERVER_PRIKEY',
  'SLAVE_CERT',
  'SLAVE_PRIKEY',
]
const general = entriesOf(globalSection, [...tls, 'MAXCHMPX', 'REPLICA', 'CHMPXIDTYPE', 'GROUP'])
const serverKeys = fc.record(
  { ENDPOINTS: fc.array(endpoint, { minLength: 1, maxLength: 4 }), CUK: oddText, FORWARD_PEERS: endpoint },
  { requiredKeys: [] },
)
const names = fc.constantFrom<readonly (string | readonly string[])[]>(
  ['a'],
  ['web[1-3,x].e', '::1'],
  [['p', 'q[1,2]'], 'z'],
)
const configurations = fc
  .tuple(
    general,
    oddText,
    names,
    serverKeys,
    fc.array(entriesOf(slaveSection, [...tls, 'NAME', 'CUK'])),
    entriesOf(ring),
  )
  .map(([extra, group, servers, keys, slaves, others]) => ({
    GLOBAL: { ...extra, GROUP: group, FILEVERSION: '1', DELIVERMODE: 'hash', PORT: 9020, CTLPORT: 9021 },
    SVRNODE: servers.map((NAME) => ({ ...keys, NAME })),
    // INI takes two of one name for one node.
    SLVNODE: slaves.map((one, index) => ({ ...one, NAME: `web${index}.*` })),
    RING: others,
  }))

/** Without its warnings: they speak of lines. */
function meaning(configuration: Configuration) {
  const { global, servers, slaves } = configuration
  return { global, servers, slaves, ring: configuration.section(ring) }
}

describe('A1: convert', () => {
  it('A1: keeps the meaning of any configuration in every form', () => {
    fc.assert(
      fc.property(configurations, (content) => {
        const source = JSON.stringify(content)
        const expected = meaning(parseText(source, 'json', [ring]))
        for (const syntax of syntaxes) {
          const written = rewrite(source, 'json', syntax)
          expect(meaning(parseText(written.text, syntax, [ring]))).toStrictEqual(expected)
          // From the new form to the others, and back.
          for (const again of syntaxes) {
            expect(meaning(parseText(rewrite(written.text, syntax, again).text, again, [ring]))).toStrictEqual(expected)
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  it('A1: refuses to write two nodes as INI that it would read as one', () => {
    const text = JSON.stringify({
      GLOBAL: { GROUP: 'G', FILEVERSION: 1, DELIVERMODE: 'hash', PORT: 1, CTLPORT: 2 },
      SVRNODE: [{ NAME: 'a' }],
      SLVNODE: [{ NAME: 'w' }, { NAME: 'w', CUK: 'other' }],
    })
    expect(() => rewrite(text, 'json', 'ini')).toThrow(/\[SLVNODE\]: cannot be written as INI/)
    expect(rewrite(text, 'json', 'yaml').text).toContain('other')
  })

  it('A1: from and to each form of the sample', () => {
    const sources = { ini: sampleIni, yaml: sampleYaml, json: sampleJson }
    for (const from of syntaxes) {
      for (const to of syntaxes) {
        const { text: written, secret } = rewrite(sources[from], from, to)
        expect(parseText(written, to)).toStrictEqual(parseText(sampleIni))
        expect(secret).toBe(false)
      }
    }
  })

  it('A1: writes for people', () => {
    const source =
      '[GLOBAL]\nGROUP = G\nFILEVERSION = 1\nDELIVERMODE = hash\n[SVRNODE]\nNAME = a\nPORT = 1\nCTLPORT = 2\n[RING]\nGROUPKEY = k\n'
    expect(rewrite(source, 'ini', 'yaml')).toEqual({
      text: 'GLOBAL:\n  GROUP: G\n  FILEVERSION: 1\n  DELIVERMODE: hash\n\nSVRNODE:\n  - NAME: a\n    PORT: 1\n    CTLPORT: 2\n\nRING:\n  GROUPKEY: k\n',
      secret: true,
    })
    expect(JSON.parse(rewrite(source, 'ini', 'json').text)).toEqual({
      GLOBAL: { GROUP: 'G', FILEVERSION: 1, DELIVERMODE: 'hash' },
      SVRNODE: [{ NAME: 'a', PORT: 1, CTLPORT: 2 }],
      RING: { GROUPKEY: 'k' },
    })
    expect(rewrite(source, 'ini', 'ini').text).toBe(
      source.replace('[SVRNODE]', '\n[SVRNODE]').replace('[RING]', '\n[RING]'),
    )
  })

  const base = '[GLOBAL]\nGROUP=G\nFILEVERSION=1\nDELIVERMODE=hash\nPORT=1\nCTLPORT=2\n[SVRNODE]\nNAME=a\n'

  it('A1: puts what is included in its place, with the value that holds', () => {
    const files = { 'more.ini': '[GLOBAL]\nREPLICA = 2\n[SVRNODE]\nNAME=b\n', 'keys.ini': 'CUK = k' }
    const written = rewrite(
      `${base}INCLUDE = keys.ini\n[GLOBAL]\nREPLICA=1\nINCLUDE = more.ini\nMQACK = no\n`,
      'ini',
      'yaml',
      files,
    )
    const configuration = parseText(written.text, 'yaml')
    expect(written.text).not.toContain('INCLUDE')
    expect(configuration.global).toMatchObject({ replica: 2, mqAck: false })
    expect(configuration.servers.map(({ host, cuk }) => [host, cuk])).toEqual([
      ['a', 'k'],
      ['b', undefined],
    ])
  })

  it('A1: keeps sections and keys that are not known, unless the new form would know them', () => {
    const source = `${base}port = 7\nODD = 1\n[MULTISCHED]\nQUEUE = a, b\n[global]\nGROUP = H\n[MINE]\nX = 1\n[MINE]\nX = 2\n`
    const { text: written } = rewrite(source, 'ini', 'yaml')
    expect(written).toContain('ODD: 1\n')
    expect(written).toContain('MULTISCHED:\n  QUEUE: a, b\n')
    expect(written).toContain('MINE:\n  - X: 1\n  - X: 2\n')
    expect(parseText(written, 'yaml').global.group).toBe('G')
    expect(parseText(written, 'yaml').servers[0]?.port).toBe(1)
  })

  it('A1: says what INI cannot hold', () => {
    const yaml =
      'GLOBAL: {GROUP: G, FILEVERSION: 1, DELIVERMODE: hash}\nSVRNODE: {NAME: a, PORT: 1, CTLPORT: 2}\nMINE: {A: "x\\ny"}\n'
    expect(() => rewrite(yaml, 'yaml', 'ini')).toThrow(/\[MINE\] A: cannot be written as INI/)
    expect(() => rewrite(yaml.replace('A:', '"A=B":'), 'yaml', 'ini')).toThrow(/cannot be written as INI/)
  })
})
