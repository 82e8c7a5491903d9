import { UsageError } from '../errors.ts'
import { suggestionFor } from '../line/suggestion.ts'
import { type KeyedOption, type OptionKey, options } from './option-table.ts'
import { parseDuration, parseSeconds } from './times.ts'

/** The options of a line, as they were given. The last of two holds. */
export class GivenOptions {
  readonly #values = new Map<OptionKey, string | number>()
  /** What was accepted and changes nothing, and why. */
  readonly remarks: string[] = []

  has(key: OptionKey): boolean {
    return this.#values.has(key)
  }

  text(key: OptionKey): string | undefined {
    return this.#values.get(key) as string | undefined
  }

  number(key: OptionKey): number | undefined {
    return this.#values.get(key) as number | undefined
  }

  get keys(): readonly OptionKey[] {
    return [...this.#values.keys()]
  }

  /** How it is written. */
  nameOf(key: OptionKey): string | undefined {
    return options.find((option) => option.key === key)?.names.at(-1)
  }

  /** The first of them that belongs to a command only, by its name. */
  get ofCommand(): string | undefined {
    return options.find(({ key, place }) => place === 'command' && this.#values.has(key))?.names[0]
  }

  set(option: KeyedOption, name: string, value: string | number): void {
    this.#values.set(option.key, value)
    if (option.noEffect !== undefined) this.remarks.push(`${name} has no effect: ${option.noEffect}.`)
  }

  /** Those that hold where this line says nothing else. */
  over(defaults: GivenOptions): GivenOptions {
    const all = new GivenOptions()
    for (const given of [defaults, this]) for (const [key, value] of given.#values) all.#values.set(key, value)
    return all
  }
}

export interface OptionsRead {
  readonly given: GivenOptions
  /** What is no option, in order. */
  readonly words: readonly string[]
}

const byName = new Map(options.flatMap((option) => option.names.map((name) => [name, option] as const)))

/** The names that may be typed there, for completion. */
export const optionNames = (place: 'start' | 'command'): readonly string[] =>
  options
    .filter((option) => standsIn(option, place))
    .flatMap(({ names }) => names.filter((name) => name.startsWith('--')))

/** When the program is started, a command may follow, and its options with it. */
const standsIn = (option: KeyedOption, place: 'start' | 'command'): boolean =>
  place === 'start' || option.place !== 'start'

/**
 * Parts options from words. Behind `--`, and behind a word that takes all that follows as it is, all are words.
 *
 * @throws UsageError
 */
export function readOptions(
  line: readonly string[],
  place: 'start' | 'command',
  takesAll: (word: string) => boolean = () => false,
): OptionsRead {
  const given = new GivenOptions()
  const words: string[] = []
  for (let at = 0; at < line.length; at++) {
    const word = line[at]!
    if (word === '--') {
      words.push(...line.slice(at + 1))
      break
    }
    if (!isOption(word)) {
      words.push(word)
      if (words.length > 1 || !takesAll(word)) continue
      words.push(...line.slice(at + 1))
      break
    }
    const { name, inline } = nameAndValue(word)
    const option = byName.get(name)
    if (option === undefined) throw unknown(word, name)
    if (!standsIn(option, place)) throw new UsageError(`${name} is given when ring-linetool is started.`)
    if (option.value.kind === 'none') {
      if (inline !== undefined) throw new UsageError(`${name} takes no value.`)
      given.set(option, name, '')
    } else given.set(option, name, valueOf(option, name, inline ?? line[++at]))
  }
  return { given, words }
}

/** A lone dash, and a negative number, are words. */
const isOption = (word: string): boolean => /^--?[A-Za-z]/.test(word)

function nameAndValue(word: string): { readonly name: string; readonly inline: string | undefined } {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1
  if (equals === -1) return { name: word.toLowerCase(), inline: undefined }
  return { name: word.slice(0, equals).toLowerCase(), inline: word.slice(equals + 1) }
}

function unknown(word: string, name: string): UsageError {
  const near = suggestionFor(name, [...byName.keys()])
  return new UsageError(`There is no option ${word.slice(0, 80)}.${near === undefined ? '' : ` Did you mean ${near}?`}`)
}

function valueOf({ value }: KeyedOption, name: string, text: string | undefined): string | number {
  if (value.kind === 'none') return ''
  if (text === undefined) throw new UsageError(`${name} needs a value: ${name} ${value.name}.`)
  switch (value.kind) {
    case 'text':
      return text
    case 'port':
      return within(name, text, 1, 65_535)
    case 'count':
      return within(name, text, value.min, value.max)
    case 'seconds':
      return parseSeconds(text) ?? fail(name, 'seconds, such as 1 or 0.5')
    case 'duration':
      return parseDuration(text) ?? fail(name, 'a time with its unit, such as 500ms, 5s or 2m')
    case 'choice':
      return Object.hasOwn(value.of, text.toLowerCase())
        ? value.of[text.toLowerCase()]!
        : fail(name, `one of ${[...new Set(Object.values(value.of))].join(', ')}`)
  }
}

function within(name: string, text: string, min: number, max: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return number >= min && number <= max ? number : fail(name, `a whole number from ${min} to ${max}`)
}

function fail(name: string, wanted: string): never {
  throw new UsageError(`${name} takes ${wanted}.`)
}
