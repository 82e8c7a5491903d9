import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { longestText } from './assembly.ts'
import { ConfigurationError } from './error.ts'
import { formatIssue } from './issue.ts'
import { parseText as parse } from './parse-text.testdata.ts'
import { sampleIni, sampleJson, sampleYaml } from './sample.testdata.ts'
import type { Syntax } from './text/syntax.ts'

function failure(text: string, syntax: Syntax = 'ini'): ConfigurationError {
  try {
    parse(text, syntax)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('expected a ConfigurationError')
}

const errorsOf = (text: string, syntax: Syntax = 'ini') =>
  failure(text, syntax)
    .issues.filter(({ severity }) => severity === 'error')
    .map(formatIssue)
const warningsOf = (text: string, syntax: Syntax = 'ini') => parse(text, syntax).warnings.map(formatIssue)

const global = '[GLOBAL]\nGROUP = G\nFILEVERSION = 1\nDELIVERMODE = hash\nPORT = 9020\nCTLPORT = 9021\n'
const slave = '[SLVNODE]\nNAME = [.]*\n'
const minimal = `${global}[SVRNODE]\nNAME = a\n${slave}`

describe('A1: one configuration in several forms', () => {
  it('A1: INI, YAML and JSON give equal results', () => {
    const ini = parse(sampleIni)
    expect(parse(sampleYaml, 'yaml')).toStrictEqual(ini)
    expect(parse(sampleJson, 'json')).toStrictEqual(ini)
    expect(ini.warnings).toEqual([])
    expect(ini.global).toMatchObject({ group: 'SHOP', replica: 1, autoMerge: true, doMerge: true, mqAck: false })
    expect(ini.global.date).toEqual({ epochMs: Date.UTC(2026, 10, 21, 1), zoneMinutes: 540 })
    expect(ini.servers.map(({ name, port }) => [name, port])).toEqual([
      ['localhost:9021', 9020],
      ['127.0.0.1:9031', 9030],
    ])
    expect(ini.servers[1]?.endpoints).toEqual([
      { host: '127.0.0.1', port: 19030 },
      { host: 'gate', port: undefined },
    ])
    expect(ini.slaves[0]).toMatchObject({ pattern: '[.]*', ctlPort: 9022 })
  })

  it('A1: the result is frozen to its ground', () => {
    const { servers } = parse(sampleIni)
    expect(() => Object.assign(servers[1]!.endpoints[0]!, { port: 1 })).toThrow(TypeError)
    expect(() => Object.assign(parse(sampleIni), { servers: [] })).toThrow(TypeError)
  })
})

describe('A1: mistakes', () => {
  it('A1: five mistakes give five issues with their lines', () => {
    const text = `[GLOBAL]
GROUP = G
FILEVERSION = one
DELIVERMODE = sometimes
REPLICA = -1
CTLPORT = 9021
[SVRNODE]
NAME = a
PORT = 70000
[SVRNODE]
NAME = b
PORT = 1x
`
    expect(errorsOf(text)).toEqual([
      'ring.ini:3: [GLOBAL] FILEVERSION = one: must be a whole number, at least 0',
      'ring.ini:4: [GLOBAL] DELIVERMODE = sometimes: must be one of random, hash',
      'ring.ini:5: [GLOBAL] REPLICA = -1: must be a whole number, 0 to 32768',
      'ring.ini:9: [SVRNODE] PORT = 70000: must be a port, 1 to 65535',
      'ring.ini:12: [SVRNODE] PORT = 1x: must be a port, 1 to 65535',
    ])
    expect(failure(text).code).toBe('RING_CONFIG_INVALID')
    expect(failure(text).message.split('\n')).toHaveLength(6)
  })

  it('A1: YAML mistakes have lines and columns', () => {
    const text =
      'GLOBAL:\n  GROUP: G\n  FILEVERSION: 1\n  DELIVERMODE: hash\nSVRNODE:\n  - {NAME: a, PORT: 0, CTLPORT: 5}\n'
    expect(errorsOf(text, 'yaml')).toEqual(['ring.yaml:6:15: [SVRNODE] PORT = 0: must be a port, 1 to 65535'])
  })

  it.each([
    ['GLOBAL: [', /ring\.yaml:1:\d+: must be indented .* brackets/],
    ['GLOBAL:\n\tGROUP: x', /spaces, not tabs/],
    ['a: b\n---\nc: d', /one document/],
    ['GLOBAL: &g {GROUP: x}\nSVRNODE: *g', /must not be an alias/],
    ['- a', /must be a map of sections/],
    ['GLOBAL: text', /\[GLOBAL\]: must be a map, or a list of maps/],
    ['GLOBAL: {GROUP: {a: b}}', /GROUP: must be one value or a list/],
    ['SVRNODE: [a]', /\[SVRNODE\]: must be a map of keys/],
    // One more than may be; each of these adds a level at least.
    ...['{', '- ', '? ', '- ? ', 'a: {', '[a: ', '? - : '].map(
      (part) => [part.repeat(65), /must not nest more than 64 deep/] as [string, RegExp],
    ),
    [Array.from({ length: 65 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), /must not nest more than 64 deep/],
  ])('A1: says what is wrong in YAML %#', (text, message) => {
    expect(errorsOf(text, 'yaml').join('\n')).toMatch(message)
  })

  it('A1: a list as deep as may be in YAML is read, and what it says is looked at', () => {
    const deep = (levels: number) => errorsOf(`${'['.repeat(levels)}${']'.repeat(levels)}`, 'yaml').join('\n')
    // The text itself is a level for the parser.
    expect(deep(63)).toMatch(/must be a map of sections/)
    expect(deep(64)).toMatch(/must not nest more than 64 deep/)
  })

  it.each([
    [minimal.replace('NAME = a', 'NAME'), /\[SVRNODE\]: must be given at least once/],
    [minimal.replace('[SVRNODE]', '[SVRNODE'), /ring\.ini:7: must be a section such as/],
    [minimal.replace('GROUP = G', 'group = G'), /\[GLOBAL\] GROUP: is required/],
    [minimal.replace('NAME = a', 'NAME = a[1-9][1-9][1-9][1-9]'), /host names or addresses.*at most 1024/],
    [
      minimal
        .replace('NAME = a', 'NAME = a\nCUK = k\n[SVRNODE]\nNAME = b\nPORT = 1\nCTLPORT = 2\nCUK = k')
        .replace('GROUP = G', 'GROUP = G\nCHMPXIDTYPE = CUK'),
      /is the same server as k of line 9; NAME with CTLPORT, or CUK, must differ/,
    ],
    [minimal.replace('CTLPORT = 9021', ''), /ring\.ini:7: \[SVRNODE\] CTLPORT: is required here or in \[GLOBAL\]/],
    [minimal.replace('NAME = [.]*', 'NAME = ('), /regular expression/],
    [minimal.replace('GROUP = G', 'GROUP = G\nCHMPXIDTYPE = CUK'), /CUK: is required because CHMPXIDTYPE is CUK/],
    ['', /\[SVRNODE\]: must be given at least once/],
    ['x'.repeat(longestText + 1), /at most 1048576 characters/],
  ])('A1: says what is wrong in INI %#', (text, message) => {
    expect(errorsOf(text).join('\n')).toMatch(message)
  })

  it('A1: warns about what is not known, without showing its value', () => {
    const text = `LOST = 1\n${minimal}PASSWRD = hunter2\n[svrnode]\nNAME = q\n`.replace(
      'PORT = 9020',
      'PROT = 9020\nPORT = 9020',
    )
    const warnings = warningsOf(text)
    expect(warnings).toEqual([
      'ring.ini:1: LOST: is ignored because it stands before the first section',
      'ring.ini:6: [GLOBAL] PROT: is not a key of this section and is ignored; did you mean PORT?',
      'ring.ini:13: [SLVNODE] PASSWRD: is not a key of this section and is ignored',
      'ring.ini:14: [svrnode]: is not a known section and is ignored; did you mean SVRNODE?',
    ])
  })

  it('A1: the last of repeated keys holds, with a warning', () => {
    expect(parse(minimal.replace('GROUP = G', 'GROUP = G\nGROUP = H')).global.group).toBe('H')
    expect(warningsOf(minimal.replace('GROUP = G', 'GROUP = G\nGROUP = H'))[0]).toMatch(/more than once/)
    expect(
      parse(
        'GLOBAL: {GROUP: G, group: H, FILEVERSION: 1, DELIVERMODE: hash}\nSVRNODE: {NAME: a, PORT: 1, CTLPORT: 2}',
        'yaml',
      ).global.group,
    ).toBe('H')
  })

  it('A1: prototype keys are keys like any other', () => {
    for (const syntax of ['yaml', 'json'] as const) {
      const text = sampleJson.replace(
        '"GLOBAL": {',
        '"__proto__": {"x": 1}, "GLOBAL": {"__proto__": "x", "constructor": 1,',
      )
      const configuration = parse(text, syntax)
      expect(configuration.global).toStrictEqual(parse(sampleIni).global)
      expect(configuration.warnings).toHaveLength(3)
    }
    expect(parse(minimal.replace('GROUP = G', 'GROUP = G\n__proto__ = 1')).warnings).toHaveLength(1)
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })

  it('A1: control characters of a file do not reach the terminal', () => {
    expect(errorsOf(minimal.replace('PORT = 9020', 'PORT = \u001b[31m'))[0]).toContain('\\u{1b}[31m')
  })
})

describe('A3: rules between keys', () => {
  it('A3: random delivery decides AUTOMERGE, DOMERGE and REPLICA', () => {
    const text = minimal.replace('= hash', '= random\nREPLICA = 2\nDOMERGE = yes')
    expect(parse(text).global).toMatchObject({ replica: 0, doMerge: false, autoMerge: true })
    expect(warningsOf(text)).toEqual([
      'ring.ini:5: [GLOBAL] REPLICA = 2: is 0 with DELIVERMODE = random',
      'ring.ini:6: [GLOBAL] DOMERGE = yes: is off with DELIVERMODE = random',
    ])
  })

  it('A9: AUTOMERGE is off where DOMERGE is', () => {
    expect(parse(minimal.replace('= hash', '= hash\nAUTOMERGE = on')).global.autoMerge).toBe(false)
  })

  it.each([
    ['', true],
    ['AUTOMERGE = on', true],
    ['AUTOMERGE = off', false],
    ['DOMERGE = on', false],
    ['DOMERGE = on\nAUTOMERGE = on', true],
    ['DOMERGE = off\nAUTOMERGE = on', true],
  ])('A9: whether servers come into service by themselves: "%s"', (lines, expected) => {
    expect(parse(minimal.replace('= hash', `= hash\n${lines}`)).global.mergesByItself).toBe(expected)
    expect(parse(minimal.replace('= hash', `= random\n${lines}`)).global.mergesByItself).toBe(true)
  })

  it('A1: NAME stands for several servers', () => {
    const { servers } = parse(minimal.replace('NAME = a', 'NAME = web[1-2,b].x, ::1'))
    expect(servers.map(({ name }) => name)).toEqual(['web1.x:9021', 'web2.x:9021', 'webb.x:9021', '[::1]:9021'])
  })

  const tls = 'SSL = on\nSERVER_CERT = c.pem\nSERVER_PRIKEY = /k.pem\n'

  it('A11: TLS keys that belong together are accepted, paths resolved', () => {
    const text = minimal.replace('[SVRNODE]', `${tls}CAPATH = NULL\n[SVRNODE]`)
    expect(parse(text).servers[0]?.tls).toEqual({
      enabled: true,
      verifyPeer: false,
      caPath: undefined,
      server: { certificate: '/etc/ring/c.pem', privateKey: '/k.pem' },
      slave: undefined,
    })
  })

  it.each([
    ['SSL = on\n', '', [/SERVER_CERT: is required where SSL/, /SERVER_PRIKEY: is required where SSL/]],
    [
      `${tls}SSL_VERIFY_PEER = on\n`,
      '',
      [/SVRNODE\] SLAVE_CERT/, /SVRNODE\] SLAVE_PRI/, /SLVNODE\] SLAVE_CERT/, /SLVNODE\] SLAVE_PRI/],
    ],
    ['SSL_VERIFY_PEER = on\n', '', [/needs a server with SSL/]],
    ['CAPATH = /ca\n', '', [/needs a server with SSL/]],
    ['SSL_MIN_VER = TLSV1.3\n', '', [/needs a server with SSL/]],
    [
      `${tls}SLAVE_CERT = c\nSLAVE_PRIKEY = k\n`,
      '',
      [/no server has SSL_VERIFY_PEER/, /no server has SSL_VERIFY_PEER/],
    ],
    ['', 'SERVER_CERT = c\n', [/needs SSL = on for this server/]],
  ])('A11: TLS keys that do not belong together %#', (inGlobal, inServer, messages) => {
    const text = `${global}${inGlobal}[SVRNODE]\nNAME = a\n${inServer}${slave}`
    const errors = errorsOf(text)
    expect(errors).toHaveLength(messages.length)
    for (const [index, message] of messages.entries()) expect(errors[index]).toMatch(message)
  })
})

describe('A1: any text', () => {
  const words = fc.constantFrom(
    '[GLOBAL]',
    '[SVRNODE]',
    'NAME = a',
    'PORT =',
    '\n',
    'GLOBAL:',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '__proto__',
    '"',
    "'",
    ': ',
    '  ',
    '\t',
    '#',
    '!!x ',
    '| ',
    '? ',
    ',',
  )
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
  )

  it('A1: throws nothing but ConfigurationError', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom('ini', 'yaml', 'json'), (text, syntax) => {
        try {
          parse(text, syntax)
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigurationError)
        }
      }),
      { numRuns: 1500 },
    )
  })

  /** None of these nests: what does is tried at the bound, above. */
  const unkind = [
    '&a ',
    '"',
    ': ',
    'a: ',
    '[],',
    '\n- a',
    'a=b\n',
    '[A]\n',
    '*a ',
    '!x ',
    '| \n',
    '\n',
    'é',
    '#',
    '%',
    "'",
    '\r',
    'x',
  ]

  it.each(unkind)('A1: a text full of %j is refused without hanging', (part) => {
    const text = part.repeat(Math.floor(50_000 / part.length))
    for (const syntax of ['ini', 'yaml'] as const) expect(() => parse(text, syntax)).toThrow(ConfigurationError)
  })
})
