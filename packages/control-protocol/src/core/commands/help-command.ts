import type { CommandForm, CommandTable } from './command-table.ts'
import { usageOf } from './dispatcher.ts'
import { failure } from './outcome.ts'

/** Words of the connection, which no table holds. */
const steering: readonly (readonly [string, string])[] = [
  ['KEEP', 'First line: keep the connection for several commands; a line with a dot ends each reply.'],
  ['TOKEN <text>', 'First line: show a token of a remote operator.'],
  ['QUIT', 'After KEEP: end the connection.'],
]

/** HELP and HELP CMD. */
export function registerHelpCommand(table: CommandTable): void {
  table.register(
    {
      name: 'HELP',
      usage: '[command]',
      argumentsMax: 1,
      kind: 'read',
      options: ['json'],
      help: 'List the commands, or explain one.',
    },
    ({ arguments: [word] }) => {
      if (word === undefined) return listed(table.forms(), steering)
      const command = table.find(word)
      if (command !== undefined) return listed([command.form], [])
      const steer = steering.find(([usage]) => usage.split(' ')[0] === word.toUpperCase())
      return steer === undefined
        ? failure('unknown-command', `There is no command ${word}.`, ['HELP alone lists all of them.'])
        : listed([], [steer])
    },
  )
}

function listed(forms: readonly CommandForm[], more: readonly (readonly [string, string])[]) {
  const entries = [...forms.map((form) => [usageOf(form), `${form.help}${aliasText(form)}`] as const), ...more]
  return {
    text: () => entries.map(([usage, help]) => `${usage}\n    ${help}\n`).join(''),
    json: () => ({
      commands: forms.map(({ name, aliases = [], usage, kind, options, help }) => ({
        name,
        aliases,
        usage,
        kind,
        options,
        help,
      })),
    }),
  }
}

function aliasText({ aliases = [] }: CommandForm): string {
  return aliases.length === 0 ? '' : ` (Also: ${aliases.join(', ')}.)`
}
