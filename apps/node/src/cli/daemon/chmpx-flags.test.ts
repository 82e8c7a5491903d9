import { describe, expect, it } from 'vitest'
import { isChmpxStyle, parseChmpxFlags } from './chmpx-flags.ts'

const none = {
  configuration: undefined,
  ctlPort: undefined,
  cuk: undefined,
  logLevel: undefined,
  logFile: undefined,
  wants: 'run',
}

describe("CHMPX's flags (A4, A5)", () => {
  it.each([
    [['-conf', 'a.ini'], { configuration: 'a.ini' }],
    [['-f', 'a.ini', '-CTLPORT', '9021'], { configuration: 'a.ini', ctlPort: 9021 }],
    [['-json', '{}', '-cuk', 'x', '-d', 'DUMP'], { configuration: '{}', cuk: 'x', logLevel: 'debug' }],
    [['-cntlport', '1', '-g', 'wan', '-gfile', 'log'], { ctlPort: 1, logLevel: 'warn', logFile: 'log' }],
    [['-h'], { wants: 'help' }],
    [['-v'], { wants: 'version' }],
  ])('reads %j', (args, expected) => {
    expect(isChmpxStyle(args)).toBe(true)
    expect(parseChmpxFlags(args)).toEqual({ ok: true, flags: { ...none, ...expected } })
  })

  it.each([
    [['-conf'], 'needs a value'],
    [['-ctlport', '70000'], '1 to 65535'],
    [['-ctlport', 'x'], '1 to 65535'],
    [['-d', 'loud'], 'must be one of'],
    [['-ctlprt', '1'], 'did you mean -ctlport?'],
    [['-conf', 'a', '-json', '{}'], 'given twice'],
    [['-constructor', 'x'], 'unknown flag'],
    [['-__proto__', 'x'], 'unknown flag'],
  ])('refuses %j', (args, problem) => {
    const parsed = parseChmpxFlags(args)
    expect(parsed.ok ? 'accepted' : parsed.problem).toContain(problem)
  })

  it('leaves modern command lines alone', () => {
    for (const args of [['run', '-c', 'x'], ['--help'], ['--version'], []]) expect(isChmpxStyle(args)).toBe(false)
  })
})
