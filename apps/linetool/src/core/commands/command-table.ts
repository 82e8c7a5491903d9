import { changingCommands } from './changing-commands.ts'
import type { Argument, CommandDefinition } from './command.ts'
import { lookingCommands } from './looking-commands.ts'
import { repeatingCommands } from './repeating-commands.ts'
import { sessionCommands } from './session-commands.ts'

/** All commands, by group, in the order of the help. */
export const commandGroups = {
  'Look at the ring': lookingCommands,
  'Change the ring': changingCommands,
  'Again and again': repeatingCommands,
  'The session': sessionCommands,
} as const

type Groups = typeof commandGroups
export type CommandName = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups]

export const commands = {
  ...lookingCommands,
  ...changingCommands,
  ...repeatingCommands,
  ...sessionCommands,
} as const satisfies Readonly<Record<CommandName, CommandDefinition>>

export const commandNames = Object.keys(commands) as readonly CommandName[]

const byWord = new Map<string, CommandName>(
  commandNames.flatMap((name) => [name, ...commands[name].aliases].map((word) => [word, name] as const)),
)

/** The command that a word means; letters of either size are the same. */
export const commandOf = (word: string): CommandName | undefined => byWord.get(word.toLowerCase())

/** Every word that is a command. */
export const commandWords: readonly string[] = [...byWord.keys()]

/** Whether what follows the word belongs to it as it was written. */
export function takesRest(word: string): boolean {
  const name = commandOf(word)
  const taken: readonly Argument[] = name === undefined ? [] : commands[name].arguments
  return taken.some(({ takes }) => takes.kind === 'rest')
}
