/** The extra words that some commands take, wherever they stand behind the command. */
export type CommandOption = 'json' | 'wait' | 'force' | 'plan'

const optionOf: ReadonlyMap<string, CommandOption> = new Map([
  ...(['json', 'wait', 'force', 'plan'] as const).flatMap((option): [string, CommandOption][] => [
    [option, option],
    [`--${option}`, option],
  ]),
])

/** A line as words: which command is meant is not decided yet. */
export interface CommandWords {
  /** As it was typed; empty where the line begins with a blank, which is no command for CHMPX either. */
  readonly word: string
  readonly rest: readonly string[]
}

/** Words end at a blank, a tab, CR or LF, as in CHMPX. */
export function wordsOf(line: string): CommandWords {
  const [word = '', ...rest] = line.split(/[ \t\r\n]+/)
  return { word, rest: rest.filter((one) => one !== '') }
}

/** Names of commands are the same in upper and lower case. */
export function commandName(word: string): string {
  return word.toUpperCase()
}

export interface ParsedWords {
  readonly options: ReadonlySet<CommandOption>
  readonly arguments: readonly string[]
  /** An extra word that the command does not take. */
  readonly unknown?: string
}

/** Tells the extra words from the arguments. A word with two dashes is never an argument: what is not known is not ignored. */
export function optionsOf(rest: readonly string[], taken: readonly CommandOption[]): ParsedWords {
  const options = new Set<CommandOption>()
  const given: string[] = []
  let unknown: string | undefined
  for (const word of rest) {
    const option = optionOf.get(word.toLowerCase())
    if (option !== undefined && taken.includes(option)) options.add(option)
    else if (word.startsWith('--')) unknown ??= word
    else given.push(word)
  }
  return { options, arguments: given, ...(unknown !== undefined && { unknown }) }
}
