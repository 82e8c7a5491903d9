import { rest, shown } from './argument-kinds.ts'
import type { CommandDefinition } from './command.ts'

/** What is done again and again. */
export const repeatingCommands = {
  watch: {
    aliases: [],
    arguments: [rest('[SEC] COMMAND', 'how often (2), and what')],
    options: [],
    line: 'repeat a command, on a terminal in place',
    more: 'Until Ctrl-C. As in: watch 1 status. In a pipe each run is printed below the one before.',
  },
  top: {
    aliases: [],
    arguments: [
      { name: 'SEC', takes: { kind: 'seconds' }, doc: 'how often (1)' },
      { name: 'COUNT', takes: { kind: 'count' }, doc: 'how many pictures; without it until q or Ctrl-C' },
    ],
    options: shown,
    line: 'a live view: states, rates, queues, and how far a merge is',
    more: 'On a terminal in place; in a pipe, one picture below the other. q or Ctrl-C ends it.',
    sends: 'DUMP to all nodes, again and again',
  },
  loop: {
    aliases: [],
    arguments: [
      { name: 'SEC', takes: { kind: 'seconds' }, isRequired: true, doc: 'the pause between two rounds' },
      { name: 'COUNT', takes: { kind: 'count' }, doc: 'how many rounds; without it until Ctrl-C' },
    ],
    options: [],
    line: 'repeat several commands',
    more: 'The lines that follow are the commands, up to a line with a single dot; in a file, the loopcmd lines that follow.',
  },
  loopcmd: {
    aliases: ['lcmd'],
    arguments: [rest('COMMAND', 'what the loop does')],
    options: [],
    line: 'a command of the loop above, in a file',
    more: 'The first line that is no loopcmd starts the loop.',
  },
  sleep: {
    aliases: [],
    arguments: [{ name: 'SEC', takes: { kind: 'seconds' }, isRequired: true, doc: 'how long' }],
    options: [],
    line: 'do nothing for a while',
    more: 'A fraction is fine: sleep 0.2.',
  },
} as const satisfies Readonly<Record<string, CommandDefinition>>
