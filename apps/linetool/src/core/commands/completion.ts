import { options } from '../options/option-table.ts'
import type { Argument, CommandDefinition } from './command.ts'
import { commandNames, commandOf, commands } from './command-table.ts'

/** What could stand where the line ends, and the beginning of it that is there. */
export interface Completion {
  readonly words: readonly string[]
  readonly begun: string
}

/**
 * Completes the last word of a line: commands, their words and options, and the nodes that are known.
 *
 * @param files names that begin like a word; for commands that take a file
 */
export function complete(
  line: string,
  nodes: readonly string[],
  files: (begun: string) => readonly string[],
): Completion {
  const parts = line.trimStart().split(/\s+/)
  const begun = parts.at(-1) ?? ''
  const words = wordsFor(parts.slice(0, -1), begun, nodes, files)
  return { words: [...new Set(words)].filter((word) => word.toLowerCase().startsWith(begun.toLowerCase())), begun }
}

function wordsFor(
  before: readonly string[],
  begun: string,
  nodes: readonly string[],
  files: (begun: string) => readonly string[],
): readonly string[] {
  const [first, ...others] = before
  if (first === undefined) return commandNames
  const name = commandOf(first)
  if (name === undefined) return []
  const definition: CommandDefinition = commands[name]
  // What is repeated is a command of its own.
  if (name === 'watch' || name === 'loopcmd') {
    const isPause = name === 'watch' && /^[\d.]+$/.test(others[0] ?? '')
    return wordsFor(isPause ? others.slice(1) : others, begun, nodes, files)
  }
  if (begun.startsWith('-')) return optionsOf(definition)
  return definition.arguments.flatMap((argument) => wordsOf(argument, begun, nodes, files))
}

function optionsOf(definition: CommandDefinition): readonly string[] {
  return options.filter(({ key }) => definition.options.includes(key)).map(({ names }) => names.at(-1)!)
}

function wordsOf(
  { takes }: Argument,
  begun: string,
  nodes: readonly string[],
  files: (begun: string) => readonly string[],
): readonly string[] {
  switch (takes.kind) {
    case 'choice':
      return Object.keys(takes.of).filter(
        (word) => word === takes.of[word] || !Object.hasOwn(takes.of, takes.of[word]!),
      )
    case 'node':
      return nodes
    case 'command':
      return commandNames
    case 'file':
      return files(begun)
    case 'seconds':
    case 'count':
    case 'rest':
      return []
  }
}
