import type { CommandDefinition } from '../commands/command.ts'
import { type CommandName, commandGroups, commandOf, commands, commandWords } from '../commands/command-table.ts'
import { UsageError } from '../errors.ts'
import { suggestionFor } from '../line/suggestion.ts'
import type { Option } from '../options/option.ts'
import { optionGroups, options } from '../options/option-table.ts'

const intro = `ring-linetool talks to the control ports of a ring's nodes, Ring's own and CHMPX's: it finds them, shows them,
checks that they agree, and changes the ring.

  ring-linetool                                    a session with the ring of this machine
  ring-linetool status                             one command
  ring-linetool --config ring.ini check --json     the ring of a configuration; for a script
  ring-linetool --host web1 --ctl-port 8021 serviceout web2:8021 --wait
  ring-linetool --run FILE                         the commands of a file; or of a pipe
`

const outro = `
Exit codes: 0 done; 1 refused or failed, or check found something wrong; 2 this command line; 3 nothing was done, since it
was not confirmed; 69 no node answers; 70 a fault of ring-linetool; 75 told, but it had not happened in time (--wait);
78 the configuration; 130 interrupted. Of a file or a pipe: that of the first command that failed.
stdout has what was asked for, stderr everything else.
`

const column = 28
const columnsMax = 110

/** What `--help` says of the program, made from the tables. */
export function programHelp(columns = columnsMax): string {
  const groups = Object.entries(optionGroups as Readonly<Record<string, Readonly<Record<string, Option>>>>)
  const texts = groups.map(([title, group]) => `\n${title}\n${Object.values(group).map(optionLine).join('')}`)
  return fitted(`${intro}\n${commandsHelp()}${texts.join('')}${outro}`, columns)
}

/** The commands, each in one line. */
export function commandsHelp(columns = columnsMax): string {
  const groups = Object.entries(commandGroups as Readonly<Record<string, Readonly<Record<string, CommandDefinition>>>>)
  const texts = groups.map(
    ([title, group]) =>
      `${title}\n${Object.entries(group)
        .map(([name, definition]) => twoColumns([name, ...definition.aliases].join(', '), definition.line))
        .join('')}`,
  )
  return fitted(`${texts.join('\n')}\nhelp COMMAND says more of one.\n`, columns)
}

/**
 * All that is to say of a command.
 *
 * @throws UsageError for a word that is none
 */
export function commandHelp(word: string, columns = columnsMax): string {
  const name = commandOf(word)
  if (name === undefined) {
    const near = suggestionFor(word, commandWords)
    throw new UsageError(
      `There is no command ${word.slice(0, 80)}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    )
  }
  const definition: CommandDefinition = commands[name]
  const parts = [
    `${usageOf(name, definition)}\n`,
    `  ${definition.line}`,
    `  ${definition.more}`,
    ...(definition.sends === undefined ? [] : [`  It sends ${definition.sends}.`]),
    ...(definition.hurts === undefined ? [] : [`  On a terminal it asks first (--yes): ${definition.hurts}.`]),
  ]
  const taken = definition.arguments.map(({ name: argument, doc }) => twoColumns(argument, doc)).join('')
  const flags = options.filter(({ key }) => definition.options.includes(key)).map(optionLine)
  const other = definition.aliases.length === 0 ? '' : `\nAlso: ${definition.aliases.join(', ')}\n`
  const whole = `${parts.join('\n')}\n${taken === '' ? '' : `\n${taken}`}${flags.length === 0 ? '' : `\n${flags.join('')}`}${other}`
  return fitted(whole, columns)
}

/** Breaks lines that are too long between words; what goes on stands below where its text began. */
function fitted(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => brokenLine(line, Math.min(columns, columnsMax)))
    .join('\n')
}

function brokenLine(line: string, columns: number): readonly string[] {
  if (line.length <= columns) return [line]
  const isTwoColumns = line.startsWith(' '.repeat(column)) || /^ {2}\S.* {2,}\S/.test(line.slice(0, column + 1))
  const indent = isTwoColumns ? column : line.length - line.trimStart().length
  const lines: string[] = []
  let rest = line
  while (rest.length > columns) {
    const at = rest.lastIndexOf(' ', columns)
    // A word that is longer than the line stays whole.
    if (at <= indent) break
    lines.push(rest.slice(0, at))
    rest = ' '.repeat(indent) + rest.slice(at + 1)
  }
  return [...lines, rest]
}

function usageOf(name: CommandName, definition: CommandDefinition): string {
  const words = definition.arguments.map(({ name: argument, isRequired }) =>
    isRequired === true ? argument : `[${argument}]`,
  )
  return [name, ...words].join(' ')
}

function optionLine({ names, value, doc, noEffect }: Option): string {
  const left = `${names.join(', ')}${value.kind === 'none' ? '' : ` ${value.name}`}`
  return twoColumns(left, noEffect === undefined ? doc : `${doc}: no effect, since ${noEffect}`)
}

function twoColumns(left: string, right: string): string {
  return left.length + 2 < column
    ? `  ${left.padEnd(column - 2)}${right}\n`
    : `  ${left}\n${' '.repeat(column)}${right}\n`
}
