import type { Journal } from '../journal.ts'
import { readPieces } from './ini-pieces.ts'
import {
  outside,
  type Place,
  type RawConfiguration,
  type RawEntry,
  type RawSection,
  type RawSource,
  unreadable,
} from './raw.ts'

// A reader of our own, because the ini packages know neither repeated sections (one [SVRNODE] for each server) nor the
// line of a value, and split section names and keys at dots.

const isKey = /^[A-Za-z0-9_]+$/

interface OpenSection extends RawSection {
  readonly entries: RawEntry[]
}

/**
 * Reads `[SECTION]` and `KEY = VALUE` lines, keys and values piece by piece ({@link readPieces}). A line that begins with
 * `#` or `;` is a comment. What CHMPX drops or reads as empty is dropped or empty here too, with a warning. Lines before
 * the first section stand in one of their own, with the id `outside`.
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
  const named = section.name === '' ? at : { ...at, section: section.name }
  const equals = content.indexOf('=')
  const key = readPieces(equals < 0 ? content : content.slice(0, equals))?.text
  const value = equals < 0 ? undefined : readPieces(content.slice(equals + 1))
  // The content is not repeated in a message: it may be a secret that lost its key.
  if (key === undefined || key === '' || (equals < 0 && !isKey.test(key))) {
    journal.warn({ ...named, rule: 'is no KEY = VALUE and is ignored; begin it with # if it is a comment' })
    return
  }
  const subject = { ...named, key }
  if (equals < 0) journal.warn({ ...subject, rule: 'has no = and so no value, as in CHMPX' })
  else if (value === undefined) {
    journal.warn({
      ...subject,
      rule: 'is ignored, as in CHMPX: a quote in its value is not closed, or it ends with \\',
    })
    return
  } else if (value.hasEscape) {
    journal.warn({
      ...subject,
      rule: 'has a \\ outside quotes, which only takes the next character as it is; quote the value to keep it',
    })
  }
  const text = value === undefined || value.text === '' ? undefined : value.text
  section.entries.push({ key, id: key, value: text, at, source: section.source })
}
