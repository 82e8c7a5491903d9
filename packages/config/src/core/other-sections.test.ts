import { describe, expect, it } from 'vitest'
import { formatIssue } from './issue.ts'
import { unlistedServer, unlistedSlave } from './nodes/nodes.ts'
import { parseText } from './parse-text.testdata.ts'
import { choice, text } from './sections/field.ts'
import { defineSection } from './sections/section.ts'

const global = '[GLOBAL]\nGROUP=G\nFILEVERSION=1\nDELIVERMODE=hash\nPORT=1\nCTLPORT=2\n'
const slave = '[SLVNODE]\nNAME=[.]*\n'

describe("A1: Ring's own sections beside CHMPX's", () => {
  it.each([
    ['MULTISCHED', '@ring/scheduler'],
    ['WATCHDOG', '@ring/watchdog-ipc'],
    ['SHAREDCONTEXT', '@ring/shared-context'],
    ['RING', '@ring/node'],
  ])('A1: [%s] is told to belong to a package that is not loaded', (name, reader) => {
    const source = `${global}[SVRNODE]\nNAME=a\n${slave}[${name}]\nANY = 1\n`
    expect(parseText(source).warnings.map(formatIssue)).toEqual([
      `ring.ini:11: [${name}]: is read by ${reader}, which this process does not load`,
    ])
    expect(parseText(source, 'ini', [defineSection(name, { any: text({}) })]).warnings).toEqual([])
  })

  it('A1: a misspelt one is told what it may mean', () => {
    expect(parseText(`${global}[SVRNODE]\nNAME=a\n${slave}[WATCHDOGS]\n`).warnings[0]?.rule).toMatch(
      /did you mean WATCHDOG\?$/,
    )
  })

  const ring = defineSection(
    'RING',
    { discovery: choice(['list', 'multicast'], { default: 'list' }), seed: text({ optional: true, maxLength: 3 }) },
    { replacesServers: ({ discovery }) => discovery !== 'list' },
  )

  it('A1: SVRNODE may be absent where a section says how servers are found', () => {
    const parse = (addition: string) => parseText(global + slave + addition, 'ini', [ring])
    expect(parse('[RING]\nDISCOVERY = multicast\n').servers).toEqual([])
    expect(() => parse('')).toThrow(/\[SVRNODE\]: must be given at least once/)
    expect(() => parse('[RING]\nDISCOVERY = list\n')).toThrow(/\[SVRNODE\]: must be given at least once/)
    expect(() => parse('[RING]\nDISCOVERY = multicast\nSEED = long\n')).toThrow(/SEED/)
    expect(() => parseText(`${global}${slave}[RING]\nDISCOVERY = multicast\n`)).toThrow(/\[SVRNODE\]/)
  })

  it('A1: without a list each server is what [GLOBAL] says, TLS too', () => {
    const multicast = '[RING]\nDISCOVERY = multicast\n'
    const parse = (more: string) => parseText(global + more + slave + multicast, 'ini', [ring])
    const secure = parse('SSL = on\nSERVER_CERT = /c\nSERVER_PRIKEY = /k\nCAPATH = /ca\n')
    const own = { host: 'a.example', port: 8020, ctlPort: 8021 }
    expect(unlistedServer(secure, own)).toMatchObject({
      name: 'a.example:8021',
      tls: { enabled: true, caPath: '/ca', server: { certificate: '/c', privateKey: '/k' } },
    })
    expect(unlistedServer(parse(''), own).tls).toEqual({ enabled: false })
    expect(unlistedSlave(secure, own)).toMatchObject({ pattern: 'a.example', ctlPort: 8021, tls: { caPath: '/ca' } })
    expect(() => parse('SSL = on\n')).toThrow(/SERVER_CERT/)
    expect(() => parse('CAPATH = /ca\n')).toThrow(/needs a server with SSL = on/)
  })
})
