import { UsageError } from '../errors.ts'
import { suggestionFor } from '../line/suggestion.ts'
import { wordsOf } from '../line/words.ts'
import { GivenOptions, readOptions } from '../options/given-options.ts'
import { parseSeconds } from '../options/times.ts'
import type { Argument, CommandDefinition } from './command.ts'
import { type CommandName, commandOf, commands, commandWords, takesRest } from './command-table.ts'

/** A command as it is meant. */
export interface Invocation {
  readonly command: CommandName
  /** The words, by the names of the arguments, as the table calls them. */
  readonly arguments: ReadonlyMap<string, string>
  readonly options: GivenOptions
}

/** What a line asks for; undefined for an empty one, and for a comment. */
export function parseCommand(text: string): Invocation | undefined {
  const line = withShell(text)
  const bare = /^\s*([A-Za-z]+)(?:\s(.*))?$/s.exec(line)
  if (bare !== null && takesRest(bare[1]!)) return withRest(commandOf(bare[1]!)!, (bare[2] ?? '').trim())
  const [first, ...others] = wordsOf(line)
  if (first === undefined) return undefined
  const command = commandOf(first)
  if (command === undefined) throw unknown(first)
  const { given, words: plain } = readOptions(others, 'command')
  const definition: CommandDefinition = commands[command]
  const foreign = given.keys.find((key) => !definition.options.includes(key))
  if (given.has('help')) return { command: 'help', arguments: new Map([['COMMAND', command]]), options: given }
  if (foreign !== undefined)
    throw new UsageError(`${command} does not take ${given.nameOf(foreign)!}. ${seeHelp(command)}`)
  return { command, arguments: argumentsOf(command, definition, plain), options: given }
}

/** `!ls` and `! ls` are the command `shell`. */
const withShell = (text: string): string => text.replace(/^\s*!(?!!)/, 'shell ')

function withRest(command: CommandName, rest: string): Invocation {
  const [argument] = commands[command].arguments as readonly Argument[]
  const options = new GivenOptions()
  if (rest === '--help') return { command: 'help', arguments: new Map([['COMMAND', command]]), options }
  if (rest === '' && argument!.isRequired === true) throw missing(command, argument!)
  return { command, arguments: new Map(rest === '' ? [] : [[argument!.name, rest]]), options }
}

function argumentsOf(
  command: CommandName,
  definition: CommandDefinition,
  words: readonly string[],
): ReadonlyMap<string, string> {
  const taken = new Map<string, string>()
  for (const word of words) {
    const found = definition.arguments
      .filter(({ name }) => !taken.has(name))
      .map((argument) => ({ name: argument.name, value: valueFor(argument, word) }))
      .find(({ value }) => value !== undefined)
    if (found === undefined) throw unwanted(command, definition, word)
    taken.set(found.name, found.value!)
  }
  const lacking = definition.arguments.find(({ name, isRequired }) => isRequired === true && !taken.has(name))
  if (lacking !== undefined) throw missing(command, lacking)
  return taken
}

/** The word as this argument, when it may be that. */
function valueFor({ takes }: Argument, word: string): string | undefined {
  switch (takes.kind) {
    case 'choice':
      return Object.hasOwn(takes.of, word.toLowerCase()) ? takes.of[word.toLowerCase()] : undefined
    case 'count':
      return /^\d{1,6}$/.test(word) ? word : undefined
    case 'seconds': {
      const ms = parseSeconds(word)
      return ms === undefined ? undefined : String(ms)
    }
    case 'node':
    case 'file':
    case 'command':
    case 'rest':
      return word === '' ? undefined : word
  }
}

function unknown(word: string): UsageError {
  const near = suggestionFor(word, commandWords)
  const advice = near === undefined ? 'help lists them.' : `Did you mean ${near}?`
  return new UsageError(`There is no command ${word.slice(0, 80)}. ${advice}`)
}

function unwanted(command: CommandName, { arguments: taken }: CommandDefinition, word: string): UsageError {
  const choices = taken.flatMap(({ takes }) => (takes.kind === 'choice' ? Object.keys(takes.of) : []))
  const near = suggestionFor(word, choices)
  const advice = near === undefined ? seeHelp(command) : `Did you mean ${near}?`
  return new UsageError(`${command} cannot take "${word.slice(0, 80)}" here. ${advice}`)
}

function missing(command: CommandName, { name, doc }: Argument): UsageError {
  return new UsageError(`${command} needs ${name}: ${doc}. ${seeHelp(command)}`)
}

const seeHelp = (command: CommandName): string => `See help ${command}.`
