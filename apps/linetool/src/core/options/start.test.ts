import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { options } from './option-table.ts'
import { parseStart } from './start.ts'

const started = (...words: readonly string[]) => {
  const start = parseStart(words)
  if (start.kind !== 'work') throw new Error(start.kind)
  return start
}

describe('A12: the start options of chmpxlinetool', () => {
  test('a configuration and its session, as CHMPX spells it', () => {
    const { settings, work } = started(
      ...['-conf', 'slave.ini', '-ctrlport', '9022', '-cuk', 'c', '-custom_seed', 's', '-threadcnt', '4', '-nocolor'],
      ...['-lap', '-d', 'msg', '-his', '50', '-run', 'cmds.txt', '-group', 'G', '-type', 'cuk', '-ctlendpoints', 'a:1'],
    )
    expect(settings).toMatchObject({
      choice: { kind: 'configuration', configuration: 'slave.ini' },
      meant: { ctlPort: 9022, cuk: 'c', customSeed: 's' },
      ...{ parallel: 4, noColor: true, lap: true, level: 'msg', historySize: 50, group: 'G', idType: 'cuk' },
      remarks: [],
    })
    expect(work).toEqual({ kind: 'file', path: 'cmds.txt' })
  })

  test('a host; what has no effect says so', () => {
    const { settings, work } = started(
      '-group',
      'G',
      '-host',
      'web1',
      '-ctlport',
      '8021',
      '-server',
      '-dchmpx',
      '-ctleps',
      'b:2',
    )
    expect(settings.choice).toEqual({ kind: 'host', host: 'web1', port: 8021, endpoints: 'b:2' })
    expect(settings.remarks).toEqual([
      '-server has no effect: each node says itself what it is.',
      '-dchmpx has no effect: that library is not used.',
    ])
    expect(work).toEqual({ kind: 'shell' })
  })

  test.each([
    ...['-conf', '-json', '-group', '-host', '-ctrlport', '-ctlport', '-port', '-type', '-cuk', '-ctlendpoints'],
    ...['-custom_seed', '-server', '-slave', '-threadcnt', '-check', '-status', '-run', '-nocolor', '-lap', '-d'],
    ...['-dchmpx', '-his', '-svr', '-slv', '-thcnt', '-help'],
  ])('%s is there', (name) => {
    expect(options.filter(({ names }) => names.includes(name))).toHaveLength(1)
  })

  test('no name means two options', () => {
    const names = options.flatMap((option) => option.names)
    expect(new Set(names).size).toBe(names.length)
  })

  test.each([
    ['-check 2', { kind: 'repeat', line: 'check', everyMs: 2000 }],
    ['-status 0.5', { kind: 'repeat', line: 'status', everyMs: 500 }],
    ['status all', { kind: 'command', line: 'status all' }],
    ['--config x.ini serviceout a:1 --wait', { kind: 'command', line: 'serviceout a:1' }],
    ['echo --config x', { kind: 'command', line: 'echo --config x' }],
  ])('%s', (line, work) => {
    expect(started(...line.split(' ')).work).toEqual(work)
  })

  test('options of a command may stand anywhere before or behind it', () => {
    const { given, settings } = started('--json', 'serviceout', 'a:1', '--wait', '--host', 'h', '--ctl-port', '1')
    expect([given.has('asJson'), given.has('wait')]).toEqual([true, true])
    expect(settings.choice.kind).toBe('host')
  })

  test.each([
    ['--host web1', /which control port/],
    ['--host web1 --config x', /Name the ring once/],
    ['--run x status', /one of --run/],
    ['--wait', /belongs to a command/],
    ['--cert x', /belong to --tls/],
    ['--tls --cert x', /belong together/],
    ['--confg x', /Did you mean --config\?/],
    ['--ctl-port 70000', /whole number from 1 to 65535/],
    ['--timeout', /needs a value/],
    ['-type x', /one of name, cuk, endpoint, seed/],
  ])('%s is refused', (line, said) => {
    expect(() => parseStart(line.split(' '))).toThrow(said)
  })

  test('any words are a start, or a UsageError', () => {
    const word = fc.oneof(fc.constantFrom(...options.flatMap(({ names }) => names), 'status', '1', 'a:1'), fc.string())
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        try {
          parseStart(words)
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
        }
      }),
    )
  })
})
