import { describe, expect, test } from 'vitest'
import { helpText } from './help.ts'
import { parseArguments } from './parse-arguments.ts'

const client = (words: string) => {
  const parsed = parseArguments(words.split(' '))
  if (parsed.command !== 'client') throw new Error('not a client')
  return parsed.settings
}
const server = (words: string) => {
  const parsed = parseArguments(words.split(' '))
  if (parsed.command !== 'server') throw new Error('not a server')
  return parsed.settings
}

test("A4: the seed's lines mean what they mean to CHMPX", () => {
  const line = '-conf test.ini -l 1 -proccnt 2 -threadcnt 3 -ta -dl 256 -pr -g err -dummykey TEST'
  expect(client(`-c ${line}`)).toMatchObject({
    end: 'client',
    mode: 'request',
    node: { configuration: 'test.ini' },
    loops: 1,
    processes: 2,
    inFlight: 3,
    bodyBytes: 256,
    print: true,
    level: 'err',
    label: 'TEST',
    chmpxStyle: true,
  })
  expect(server(`-s ${line}`)).toMatchObject({ end: 'server', reply: true, loops: 1, bodyBytes: 256 })
})

describe('A4: what is sent', () => {
  test.each([
    ['-c -f x', 'oneway'],
    ['-c -f x -ta', 'request'],
    ['-c -f x -b', 'broadcast'],
    ['-c -f x -b -ta', 'broadcast'],
    ['--client --config x', 'request'],
    ['--client --config x --mode replicate', 'replicate'],
    ['-C -CONF x -TA', 'request'],
  ])('%s is %s', (words, mode) => {
    expect(client(words).mode).toBe(mode)
  })
})

test('A4: a server end replies with -ta, and always in the long spelling', () => {
  expect(server('-s -f x').reply).toBe(false)
  expect(server('-s -f x -ta').reply).toBe(true)
  expect(server('--server --config=x').reply).toBe(true)
})

test('A4: flags take values after a space or an equals sign, with units', () => {
  const settings = client('--client --config=x --duration=1500ms --size 64KiB --deadline 2s --cpu-pids 1,22 --wait 1m')
  expect(settings).toMatchObject({ durationMs: 1_500, bodyBytes: 65_536, deadlineMs: 2_000, cpuPids: [1, 22] })
  expect(settings.waitMs).toBe(60_000)
})

test('A4: the baseline is measured in five turns of two seconds when nothing else is said', () => {
  expect(client('--client --config x --baseline')).toMatchObject({ runs: 5, durationMs: 2_000, warmUpMs: 700 })
  expect(client('--client --config x')).toMatchObject({ runs: 1, durationMs: undefined, warmUpMs: 0 })
})

test('A4: the configuration may stand in the environment', () => {
  const parsed = parseArguments(['-c', '-ta'], { CHMCONFFILE: 'ring.ini' })
  expect(parsed).toMatchObject({ settings: { node: { configuration: 'ring.ini' } } })
})

describe('A4: a line that cannot be understood says what would be', () => {
  test.each([
    ['--clint --config x', 'Did you mean --client?'],
    ['-c -conf x -treadcnt 3', 'Did you mean -threadcnt?'],
    ['-c -conf x extra', 'stands alone'],
    ['-c -conf', '-conf needs a value'],
    ['-c', 'Name the configuration'],
    ['-c -s -conf x', 'which end'],
    ['-conf x', 'which end'],
    ['-c -conf x -dl 63', 'from 64 to'],
    ['-c -conf x -l -1', 'a whole number from 0'],
    ['-c -conf x -l 1.5', 'a whole number from 0'],
    ['-c -conf x -g loud', 'one of err, wan, inf, dump'],
    ['-c -conf x -g constructor', 'one of err, wan, inf, dump'],
    ['-c -conf x --duration 5', 'a time with its unit'],
    ['-c -conf x --embedded -proccnt 2', 'one process'],
    ['-c -conf x -b --baseline', '--mode request'],
    ['--client --config x --runs 3', '--duration'],
    ['--server --config x --keys 3', '--keys belongs to the client'],
    ['--client --config x --json=yes', 'takes no value'],
    ['speed --in-flight 3', 'speed takes only'],
  ])('%s', (words, text) => {
    expect(() => parseArguments(words.split(' '))).toThrow(text)
  })
})

test('A4: help, version and speed are commands of their own', () => {
  expect(parseArguments([]).command).toBe('help')
  expect(parseArguments(['-h']).command).toBe('help')
  expect(parseArguments(['--version']).command).toBe('version')
  expect(parseArguments(['speed', '--runs', '3', '--json'])).toMatchObject({ settings: { runs: 3, json: true } })
})

test('A4: the help names every flag, and begins with examples', () => {
  const help = helpText()
  expect(help.indexOf('ring-bench --server')).toBeLessThan(help.indexOf('-proccnt, --processes'))
  for (const name of ['-dummykey', '--in-flight', '--cpu-pids', '-ctlport', '--baseline']) expect(help).toContain(name)
  expect(help).toContain('N requests are out')
})
