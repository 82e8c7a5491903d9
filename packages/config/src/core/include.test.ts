import { describe, expect, it } from 'vitest'
import { ConfigurationError } from './error.ts'
import { formatIssue } from './issue.ts'
import { type MemoryFiles, parseText } from './parse-text.testdata.ts'

const head = '[GLOBAL]\nGROUP = G\nFILEVERSION = 1\nDELIVERMODE = hash\nPORT = 9020\nCTLPORT = 9021\n'
const nodes = '[SVRNODE]\nNAME = a\n[SLVNODE]\nNAME = [.]*\n'

const parse = (text: string, files: MemoryFiles, syntax: 'ini' | 'yaml' = 'ini') => parseText(text, syntax, [], files)

function issuesOf(text: string, files: MemoryFiles, syntax: 'ini' | 'yaml' = 'ini'): readonly string[] {
  try {
    return parse(text, files, syntax).warnings.map(formatIssue)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.issues.map(formatIssue)
  }
}

describe('A1: INCLUDE', () => {
  it('A1: puts the sections of another file in its place, whatever the forms of the two', () => {
    const expected = parse(head + nodes, {})
    const yamlNodes = 'SVRNODE: {NAME: a}\nSLVNODE: [{NAME: "[.]*"}]\n'
    const yamlHead = 'GLOBAL: {GROUP: G, FILEVERSION: 1, DELIVERMODE: hash, PORT: 9020, CTLPORT: 9021}\n'
    const combinations = [
      parse(`INCLUDE = nodes.ini\n${head}`, { 'nodes.ini': nodes }),
      parse(`${head}INCLUDE = nodes.ini\n`, { 'nodes.ini': nodes }),
      parse(`${head}INCLUDE = nodes.yaml\n`, { 'nodes.yaml': yamlNodes }),
      parse(`${yamlHead}INCLUDE: nodes.ini\n`, { 'nodes.ini': nodes }, 'yaml'),
      parse(`include: [head.json, nodes.yaml]\n`, { 'head.json': `{${yamlHead}}`, 'nodes.yaml': yamlNodes }, 'yaml'),
      parse('INCLUDE = both.ini', { 'both.ini': 'INCLUDE = h.ini\nINCLUDE = n.ini', 'h.ini': head, 'n.ini': nodes }),
    ]
    for (const one of combinations) expect(one).toStrictEqual(expected)
    expect(expected.warnings).toEqual([])
  })

  it('A1: what comes later holds, without a warning between files', () => {
    const files = { 'more.ini': '[GLOBAL]\nREPLICA = 2\nMQACK = no\n' }
    const configuration = parse(`${head}REPLICA = 1\nINCLUDE = more.ini\nMQACK = yes\n${nodes}`, files)
    expect(configuration.global).toMatchObject({ replica: 2, mqAck: true })
    expect(configuration.warnings).toEqual([])
  })

  it('A1: a section goes on behind its INCLUDE, and takes keys that stand before any section of the file', () => {
    const files = { 'keys.ini': 'CUK = k\nENDPOINTS = e:1\n[SVRNODE]\nNAME = b\n' }
    const { servers } = parse(`${head}[SVRNODE]\nINCLUDE = keys.ini\nNAME = a\n[SVRNODE]\nNAME = c\n`, files)
    expect(servers.map(({ name, cuk, endpoints }) => [name, cuk, endpoints.length])).toEqual([
      ['a:9021', 'k', 1],
      ['b:9021', undefined, 0],
      ['c:9021', undefined, 0],
    ])
  })

  it('A1: a mistake is told with the file and line it is in', () => {
    const files = { 'tls.ini': 'CUK = k\nPORT = 99999\n[GLOBAL]\nREPLICA = many\nFOO = 1\n' }
    expect(issuesOf(`${head}[SVRNODE]\nNAME = a\nINCLUDE = tls.ini\nCTLPORT = 0\n`, files)).toEqual([
      'ring.ini:10: [SVRNODE] CTLPORT = 0: must be a port, 1 to 65535',
      'ring.ini: [SLVNODE]: is not given, so no slave can connect',
      'tls.ini:2: [SVRNODE] PORT = 99999: must be a port, 1 to 65535',
      'tls.ini:4: [GLOBAL] REPLICA = many: must be a whole number, 0 to 32768',
      'tls.ini:5: [GLOBAL] FOO: is not a key of this section and is ignored',
    ])
  })

  it('A1: the same server in two files names both', () => {
    expect(issuesOf(`${head}INCLUDE = more.ini\n${nodes}`, { 'more.ini': '\n[SVRNODE]\nNAME = a\n' })).toEqual([
      'ring.ini:8: [SVRNODE]: has the NAME and CTLPORT of the one in line 2 of more.ini; both are one node, the later keys hold',
    ])
  })

  it('A1: says which INCLUDE cannot be followed', () => {
    expect(issuesOf(`${head}INCLUDE = gone.ini\n${nodes}`, {})).toEqual([
      'ring.ini:7: INCLUDE = gone.ini: is not there',
    ])
    expect(issuesOf(`INCLUDE: {a: b}\n`, {}, 'yaml')[0]).toBe(
      'ring.yaml:1:1: INCLUDE: must be one value or a list of values',
    )
    expect(issuesOf(`${head}KEY=1\nINCLUDE = loose.ini\n`, { 'loose.ini': 'a' })[0]).toMatch(
      /^ring\.ini:7: \[GLOBAL\] KEY/,
    )
  })

  it('A1: a circle, too deep a nest and too many files are errors', () => {
    expect(issuesOf(`${head}INCLUDE = ring.ini\n${nodes}`, { 'ring.ini': '' })).toEqual([
      'ring.ini:7: INCLUDE = ring.ini: must not name the file itself',
    ])
    const circle = { 'a.ini': 'INCLUDE = b.ini', 'b.ini': '\nINCLUDE = a.ini' }
    expect(issuesOf(`INCLUDE = a.ini\n${head}${nodes}`, circle)).toEqual([
      'b.ini:2: INCLUDE = a.ini: must not name a file that includes this one: they go round in a circle',
    ])
    const chain = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}.ini`, `INCLUDE = ${at + 1}.ini`]))
    expect(issuesOf(`INCLUDE = 0.ini\n${head}${nodes}`, chain)).toEqual([
      '7.ini:1: INCLUDE = 8.ini: must not nest more than 8 deep',
    ])
    const bomb = {
      'a.ini': 'INCLUDE = b.ini\n'.repeat(100),
      'b.ini': 'INCLUDE = c.ini\n'.repeat(100),
      'c.ini': '# c\n',
    }
    expect(issuesOf(`INCLUDE = a.ini\n${head}${nodes}`, bomb)[0]).toMatch(/must not be given more than 256 times/)
    const large = { 'a.ini': `#${'x'.repeat(600_000)}` }
    expect(issuesOf(`INCLUDE = a.ini\nINCLUDE = a.ini\n${head}${nodes}`, large)).toEqual([
      'a.ini: must be at most 1048576 characters, with all that it includes; put less into one configuration',
    ])
  })

  it('A1: keys that an included file has before any section are told where none is open', () => {
    expect(issuesOf(`INCLUDE = a.ini\n${head}${nodes}`, { 'a.ini': 'LOST = 1' })).toEqual([
      'a.ini:1: LOST: is ignored because it stands before the first section',
    ])
  })
})
