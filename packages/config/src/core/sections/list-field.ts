import type { RawValue } from '../text/raw.ts'
import {
  absent,
  broken,
  type Converted,
  type Field,
  type FieldOptions,
  type FieldValue,
  fieldOf,
  given,
  hasControl,
  oneLine,
} from './field.ts'

export interface ListOptions extends FieldOptions<readonly string[]> {
  /** The most items; 1024 when not given. */
  readonly maxItems?: number
}

const itemLimit = 1024
const unescaped = (quoted: string) => quoted.slice(1, -1).replace(/\\(["\\])/g, '$1')

/** One item: in double quotes with escapes, in single ones, or up to the next comma. */
const item = /\s*(?:("(?:[^"\\]|\\.)*")\s*|'([^']*)'\s*|([^,]*))(?:,|$)/y

function separated(text: string): readonly string[] {
  const items: string[] = []
  const reader = new RegExp(item)
  while (reader.lastIndex < text.length) {
    const found = reader.exec(text)!
    items.push(found[1] === undefined ? (found[2] ?? found[3]!) : unescaped(found[1]))
  }
  return items
}

/**
 * The items of a comma-separated text, or of an array; empty ones are left out. An item with a comma in a text stands
 * in quotes; in double ones `\"` and `\\` are escapes.
 */
export function itemsOf(raw: NonNullable<RawValue>): readonly string[] {
  const items = typeof raw === 'string' ? separated(raw) : raw
  return items.map((one) => one.trim()).filter((one) => one !== '')
}

/** The text that {@link itemsOf} reads these items from. */
export function joinedItems(items: readonly string[]): string {
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`
  return items.map((one) => (/^["']|,/.test(one) ? quoted(one) : one)).join(', ')
}

/** Several texts: separated by commas, or an array in YAML and JSON. */
export function list<Options extends ListOptions>(options: Options): Field<FieldValue<readonly string[], Options>> {
  const limit = options.maxItems ?? itemLimit
  const convert = (raw: NonNullable<RawValue>): Converted<readonly string[]> => {
    const items = itemsOf(raw)
    if (items.length === 0) return absent
    if (items.some(hasControl)) return broken(oneLine)
    return items.length > limit ? broken(`must have at most ${limit} items`) : given(items)
  }
  const accepts = `list of texts, at most ${limit}`
  return fieldOf<readonly string[], Options>('list', options, convert, { accepts, show: joinedItems })
}

/** Several of some words, in any case, each once; the result has the case of `choices`. */
export function choiceList<const Choice extends string, Options extends FieldOptions<readonly Choice[]>>(
  choices: readonly Choice[],
  options: Options,
): Field<FieldValue<readonly Choice[], Options>> {
  const words = new Map(choices.map((word) => [word.toLowerCase(), word]))
  const convert = (raw: NonNullable<RawValue>): Converted<readonly Choice[]> => {
    const items = itemsOf(raw).map((item) => words.get(item.toLowerCase()))
    if (items.length === 0) return absent
    const known = items.filter((item) => item !== undefined)
    return known.length < items.length
      ? broken(`must be one or more of ${choices.join(', ')}`)
      : given([...new Set(known)])
  }
  const accepts = `one or more of ${choices.join(', ')}`
  return fieldOf<readonly Choice[], Options>('list of words', options, convert, { accepts, show: joinedItems })
}
