import { choice } from './argument-kinds.ts'
import type { Argument, CommandDefinition } from './command.ts'

const file = (doc: string): Argument => ({ name: 'FILE', takes: { kind: 'file' }, isRequired: true, doc })

/** What is about the session itself. */
export const sessionCommands = {
  history: {
    aliases: ['his'],
    arguments: [{ name: 'N', takes: { kind: 'count' }, doc: 'only the last N lines' }],
    options: ['asJson', 'help'],
    line: 'the lines that were typed; !n runs one again, !! the last',
    more: 'Kept in a file that all sessions of a user add to.',
  },
  save: {
    aliases: [],
    arguments: [file('where to')],
    options: ['yes', 'help'],
    line: 'write the history to a file',
    more: 'The file can be run again with load.',
    hurts: 'a file that is there is replaced',
  },
  load: {
    aliases: [],
    arguments: [file('the commands')],
    options: ['help'],
    line: 'run the commands of a file',
    more: 'A line each; # begins a comment. It ends at the first one that fails, unless --keep-going was given at the start.',
  },
  shell: {
    aliases: ['sh', '!'],
    arguments: [
      { name: 'COMMAND', takes: { kind: 'rest' }, doc: 'what the shell runs; without it, a shell is opened' },
    ],
    options: [],
    line: 'a shell, or one command of it',
    more: 'Also as ! and a command.',
  },
  echo: {
    aliases: [],
    arguments: [{ name: 'TEXT', takes: { kind: 'rest' }, doc: 'what is printed' }],
    options: [],
    line: 'print a text',
    more: 'For files that say what they do.',
  },
  dbglevel: {
    aliases: [],
    arguments: [
      choice('LEVEL', 'slt, err, wan, msg or dmp; without it, the next one', {
        ...{ slt: 'silent', silent: 'silent', err: 'err', error: 'err', wan: 'wan', warning: 'wan' },
        ...{ msg: 'msg', info: 'msg', dmp: 'dump', dump: 'dump' },
      }),
    ],
    options: ['help'],
    line: 'how much is said on stderr',
    more: 'msg tells each request and how long its answer took, dmp the answers too.',
  },
  dchmpx: {
    aliases: [],
    arguments: [choice('on|off', 'accepted', { on: 'on', off: 'off' })],
    options: ['help'],
    line: "messages of CHMPX's library: no effect here",
    more: 'That library is not used. dbglevel is what tells more.',
  },
  help: {
    aliases: ['h', '?'],
    arguments: [{ name: 'COMMAND', takes: { kind: 'command' }, doc: 'the one that is explained' }],
    options: [],
    line: 'the commands, or one of them',
    more: 'Each command also takes --help.',
  },
  quit: {
    aliases: ['q', 'exit'],
    arguments: [],
    options: [],
    line: 'end',
    more: 'So does Ctrl-D.',
  },
} as const satisfies Readonly<Record<string, CommandDefinition>>
