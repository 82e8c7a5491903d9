import { parseBodySizes } from './body-sizes.ts'
import { type Flag, type FlagKey, flags } from './flags.ts'
import { parseCount, parseDuration, parseSize } from './quantities.ts'
import { suggestionFor } from './suggestion.ts'
import { UsageError } from './usage-error.ts'

/** The flags of a command line that were given: their values, checked, and whether CHMPX's spelling was used. */
export class GivenFlags {
  usesChmpxSpelling = false
  private readonly values = new Map<FlagKey, string | number | readonly number[]>()
  private readonly spellings = new Map<FlagKey, string>()

  set(key: FlagKey, spelling: string, value: string | number | readonly number[]): void {
    this.values.set(key, value)
    this.spellings.set(key, spelling)
  }

  get keys(): readonly FlagKey[] {
    return [...this.values.keys()]
  }

  wasSpelled(key: FlagKey, spelling: string): boolean {
    return this.spellings.get(key) === spelling
  }

  has(key: FlagKey): boolean {
    return this.values.has(key)
  }

  text(key: FlagKey): string | undefined {
    return this.values.get(key) as string | undefined
  }

  number(key: FlagKey): number | undefined {
    return this.values.get(key) as number | undefined
  }

  numbers(key: FlagKey): readonly number[] {
    return (this.values.get(key) as readonly number[] | undefined) ?? []
  }
}

const byName = new Map(flags.flatMap((flag) => flag.names.map((name) => [name, flag] as const)))

/**
 * Reads a command line by the table of flags.
 *
 * @throws UsageError
 */
export function readFlags(words: readonly string[]): GivenFlags {
  const given = new GivenFlags()
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    const { name, inline } = splitWord(word)
    const flag = byName.get(name)
    if (flag === undefined) throw unknown(word, name)
    if (flag.value.kind === 'none') {
      if (inline !== undefined) throw new UsageError(`${name} takes no value.`)
      given.set(flag.key, name, '')
    } else {
      const text = inline ?? words[++at]
      if (text === undefined) throw new UsageError(`${name} needs a value: ${name} ${flag.value.name}.`)
      given.set(flag.key, name, valueOf(flag, name, text))
    }
    if (!name.startsWith('--')) given.usesChmpxSpelling = true
  }
  return given
}

function splitWord(word: string): { readonly name: string; readonly inline: string | undefined } {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1
  if (equals === -1) return { name: word.toLowerCase(), inline: undefined }
  return { name: word.slice(0, equals).toLowerCase(), inline: word.slice(equals + 1) }
}

function unknown(word: string, name: string): UsageError {
  if (!word.startsWith('-')) return new UsageError(`"${word.slice(0, 80)}" stands alone; every value follows its flag.`)
  const near = suggestionFor(name, [...byName.keys()])
  const advice = near === undefined ? '' : ` Did you mean ${near}?`
  return new UsageError(`There is no flag ${word.slice(0, 80)}.${advice}`)
}

function valueOf(flag: Flag, name: string, text: string): string | number | readonly number[] {
  const { value } = flag
  switch (value.kind) {
    case 'none':
    case 'text':
      return text
    case 'sizes':
      return parseBodySizes(text) ? text : fail(name, 'sizes from 64 to 16MiB: 128, 64..4KiB or 128:9,16KiB:1')
    case 'count':
      return within(name, parseCount(text), value, 'a whole number')
    case 'size':
      return within(name, parseSize(text), value, 'a size such as 128 or 64KiB,')
    case 'duration':
      return parseDuration(text) ?? fail(name, 'a time with its unit, such as 500ms, 5s or 2m')
    case 'counts': {
      const parts = text.split(',').map(parseCount)
      return parts.every((part) => part !== undefined) ? parts : fail(name, 'whole numbers with commas between')
    }
    case 'choice':
      return Object.hasOwn(value.of, text.toLowerCase())
        ? value.of[text.toLowerCase()]!
        : fail(name, `one of ${[...new Set(Object.values(value.of))].join(', ')}`)
  }
}

function within(
  name: string,
  value: number | undefined,
  { min, max }: { readonly min: number; readonly max: number },
  what: string,
): number {
  return value !== undefined && value >= min && value <= max ? value : fail(name, `${what} from ${min} to ${max}`)
}

function fail(name: string, wanted: string): never {
  throw new UsageError(`${name} takes ${wanted}.`)
}
