import type { Journal } from './journal.ts'
import {
  outside,
  type Place,
  type RawConfiguration,
  type RawEntry,
  type RawSection,
  type RawSource,
  type RawValue,
  unreadable,
} from './raw.ts'

// A reader of our own, because the ini packages know neither repeated sections (one [SVRNODE] for each server) nor the
// line of a value, and split section names and keys at dots.

interface OpenSection extends RawSection {
  readonly entries: RawEntry[]
}

/**
 * Reads `[SECTION]` and `KEY = VALUE` lines. A line that begins with `#` or `;` is a comment; as in CHMPX a `#` further
 * on belongs to the value. A value in one pair of quotes loses them; in double quotes `\"` and `\\` are escapes. Lines
 * before the first section stand in one of their own, with the id `outside`.
 */
export function readIni(text: string, source: RawSource, journal: Journal): RawConfiguration {
  const { file } = source
  const sections: OpenSection[] = [{ name: '', id: outside, at: { file }, source, entries: [] }]
  let line = 0
  for (const written of text.split(/\r\n|\n|\r/)) {
    line++
    const content = written.trim()
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue
    if (content.startsWith('[')) sections.push(openSection(content, { file, line }, source, journal))
    else readEntry(content, { file, line }, sections.at(-1)!, journal)
  }
  return sections
}

function openSection(content: string, at: Place, source: RawSource, journal: Journal): OpenSection {
  const name = content.slice(1, -1).trim()
  const closed = content.endsWith(']') && name !== '' && !/[[\]]/.test(name)
  if (closed) return { name, id: name, at, source, entries: [] }
  journal.error({ ...at, rule: 'must be a section such as [GLOBAL], alone on its line' })
  // What follows a broken header belongs to no known section, and must not be added to the section above it.
  return { name: '', id: unreadable, at, source, entries: [] }
}

function readEntry(content: string, at: Place, section: OpenSection, journal: Journal): void {
  const named = section.name === '' ? {} : { section: section.name }
  const equals = content.indexOf('=')
  // The content is not repeated in the message: it may be a secret that lost its key.
  if (equals <= 0) {
    journal.error({ ...at, ...named, rule: 'must be KEY = VALUE, or begin with # if it is a comment' })
    return
  }
  const key = content.slice(0, equals).trim()
  const value = unquoted(content.slice(equals + 1).trim())
  if (value === null) journal.error({ ...at, ...named, key, rule: 'must end with the quote it begins with' })
  else section.entries.push({ key, id: key, value, at, source: section.source })
}

/** The text without its quotes; null when the closing quote is missing, undefined when there is no value. */
export function unquoted(value: string): RawValue | null {
  if (value === '') return undefined
  const quote = value[0]!
  if (quote !== '"' && quote !== "'") return value
  let inner = ''
  for (let index = 1; index < value.length; index++) {
    const character = value[index]!
    const next = value[index + 1]
    if (quote === '"' && character === '\\' && (next === '"' || next === '\\')) {
      inner += next
      index++
    } else if (character !== quote) inner += character
    // A list of quoted items goes on after the first one; the list field takes those quotes off.
    else return index === value.length - 1 ? inner : value
  }
  return null
}
