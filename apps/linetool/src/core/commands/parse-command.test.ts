import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { type CommandName, commandNames, commands, commandWords } from './command-table.ts'
import { parseCommand } from './parse-command.ts'

const parsed = (line: string) => {
  const { command, arguments: taken, options } = parseCommand(line)!
  return [command, Object.fromEntries(taken), options.keys]
}

describe('A12: the commands of chmpxlinetool', () => {
  const aliases: Readonly<Record<string, CommandName>> = {
    ...{ nodes: 'nodes', node: 'nodes', n: 'nodes', update: 'update', up: 'update', u: 'update', status: 'status' },
    ...{ statusupdate: 'statusupdate', statusup: 'statusupdate', stsup: 'statusupdate', upsts: 'statusupdate' },
    ...{ updatestatus: 'statusupdate', upstatus: 'statusupdate', sin: 'servicein', svcin: 'servicein' },
    ...{ serviceout: 'serviceout', svcout: 'serviceout', sout: 'serviceout', sus: 'suspend', nosus: 'nosuspend' },
    ...{ ver: 'version', v: 'version', his: 'history', sh: 'shell', q: 'quit', exit: 'quit', h: 'help' },
  }

  test.each(Object.entries(aliases))('%s is %s', (word, command) => {
    expect(
      parseCommand(commands[command].arguments.some((one) => 'isRequired' in one) ? `${word} x` : word)?.command,
    ).toBe(command)
    expect(parseCommand(word.toUpperCase())?.command).toBe(command)
  })

  test.each([
    ['nodes noupdate server', ['nodes', { noupdate: 'noupdate', 'server|slave': 'server' }, []]],
    ['nodes slave nodyna', ['nodes', { noupdate: 'nodyna', 'server|slave': 'slave' }, []]],
    ['status', ['status', {}, []]],
    ['status self a:8021', ['status', { 'self|all': 'self', NODE: 'a:8021' }, []]],
    ['status a:8021', ['status', { NODE: 'a:8021' }, []]],
    ['check noupdate all', ['check', { noupdate: 'noupdate', all: 'all' }, []]],
    ['serviceout a:1 b:2 --force', ['serviceout', { NODE: 'a:1', TARGET: 'b:2' }, ['force']]],
    ['serviceout --json a:1 --wait', ['serviceout', { NODE: 'a:1' }, ['asJson', 'wait']]],
    ['merge stop', ['merge', { 'start|abort|complete': 'abort' }, []]],
    ['merge fin', ['merge', { 'start|abort|complete': 'complete' }, []]],
    [
      'traceview dir=out DEV=sock 5 a:1',
      ['traceview', { 'DIR=': 'DIR=OUT', 'DEV=': 'DEV=SOCK', COUNT: '5', NODE: 'a:1' }, []],
    ],
    ['trace enable', ['trace', { 'on|off': 'on' }, []]],
    ['loop 1.5 3', ['loop', { SEC: '1500', COUNT: '3' }, []]],
    ['top', ['top', {}, []]],
    ['echo  a  "b', ['echo', { TEXT: 'a  "b' }, []]],
    ['!ls -l', ['shell', { COMMAND: 'ls -l' }, []]],
    ['! ls', ['shell', { COMMAND: 'ls' }, []]],
    ['!', ['shell', {}, []]],
    ['watch 1 status --json', ['watch', { '[SEC] COMMAND': '1 status --json' }, []]],
    ['serviceout --help', ['help', { COMMAND: 'serviceout' }, ['help']]],
  ] as const)('%s', (line, meant) => {
    expect(parsed(line)).toEqual(meant)
  })

  test.each([
    ['nods', /There is no command nods. Did you mean nodes\?/],
    ['merge', /merge needs start\|abort\|complete/],
    ['merge sttart', /Did you mean start\?/],
    ['nodes --wait', /nodes does not take --wait/],
    ['nodes --host x', /given when ring-linetool is started/],
    ['nodes --jsn', /Did you mean --json\?/],
    ['serviceout a b c', /cannot take "c" here/],
    ['sleep', /sleep needs SEC/],
    ['sleep x', /cannot take "x"/],
    ['status --timeout 5', /takes a time with its unit/],
  ])('%s is refused with what would be right', (line, said) => {
    expect(() => parseCommand(line)).toThrow(said)
  })

  test('nothing, and a comment, is no command', () => {
    expect([parseCommand(''), parseCommand('   '), parseCommand('# x')]).toEqual([undefined, undefined, undefined])
  })

  test('no word means two commands', () => {
    const words = commandNames.flatMap((name) => [name, ...commands[name].aliases])
    expect(new Set(words).size).toBe(words.length)
  })

  test('any line is a command, nothing, or a UsageError', () => {
    const word = fc.oneof(
      fc.constantFrom(...commandWords, '--json', '--timeout', 'a:1', '5'),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        try {
          parseCommand(words.join(' '))
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
        }
      }),
    )
  })
})
