import type { Journal } from './journal.ts'
import type { RawConfiguration, RawEntry, RawSection, RawValue } from './raw.ts'

// A reader of our own, because the ini packages know neither repeated sections (one [SVRNODE] for each server) nor the
// line of a value, and split section names and keys at dots.

interface OpenSection extends RawSection {
  readonly entries: RawEntry[]
}

/**
 * Reads `[SECTION]` and `KEY = VALUE` lines. A line that begins with `#` or `;` is a comment; as in CHMPX a `#` further
 * on belongs to the value. A value in one pair of quotes loses them; in double quotes `\"` and `\\` are escapes.
 */
export function readIni(text: string, journal: Journal): RawConfiguration {
  const sections: OpenSection[] = []
  let line = 0
  for (const written of text.split(/\r\n|\n|\r/)) {
    line++
    const content = written.trim()
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue
    if (content.startsWith('[')) openSection(content, line, sections, journal)
    else readEntry(content, line, sections.at(-1), journal)
  }
  return { sections, ignoresCase: false }
}

function openSection(content: string, line: number, sections: OpenSection[], journal: Journal): void {
  const name = content.slice(1, -1).trim()
  const closed = content.endsWith(']') && name !== '' && !/[[\]]/.test(name)
  if (!closed) journal.error({ line, rule: 'must be a section such as [GLOBAL], alone on its line' })
  // What follows a broken header belongs to no known section, and must not be added to the section above it.
  sections.push({ name: closed ? name : '', at: { line }, entries: [] })
}

function readEntry(content: string, line: number, section: OpenSection | undefined, journal: Journal): void {
  const equals = content.indexOf('=')
  // The content is not repeated in the message: it may be a secret that lost its key.
  if (equals <= 0) {
    journal.error({ line, ...named(section), rule: 'must be KEY = VALUE, or begin with # if it is a comment' })
    return
  }
  const key = content.slice(0, equals).trim()
  if (section === undefined) {
    journal.warn({ line, key, rule: 'is ignored because it stands before the first section' })
    return
  }
  const value = unquoted(content.slice(equals + 1).trim())
  if (value === null) journal.error({ line, ...named(section), key, rule: 'must end with the quote it begins with' })
  else section.entries.push({ key, value, at: { line } })
}

const named = (section: OpenSection | undefined) => (section?.name ? { section: section.name } : {})

/** The text without its quotes; null when the closing quote is missing, undefined when there is no value. */
function unquoted(value: string): RawValue | null {
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
