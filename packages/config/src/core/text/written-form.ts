import { ConfigurationError } from '../error.ts'
import { joinedItems } from '../sections/list-field.ts'
import { writtenInPieces } from './ini-pieces.ts'
import type { Syntax } from './syntax.ts'

/** A section as plain data, ready to be written in any syntax. */
export interface PlainSection {
  readonly name: string
  readonly repeats: boolean
  readonly entries: readonly PlainEntry[]
}

export interface PlainEntry {
  readonly key: string
  readonly value: string | readonly string[]
  /** Written without quotes in JSON, where its text is that of a number. */
  readonly numeric: boolean
}

/** The text of a configuration in one of the three syntaxes. */
export function writtenAs(syntax: Syntax, sections: readonly PlainSection[]): string {
  if (syntax === 'ini') return asIni(sections)
  return syntax === 'yaml' ? asYaml(bySection(sections)) : asJson(bySection(sections))
}

function asIni(sections: readonly PlainSection[]): string {
  refuseTwins(sections)
  const blocks = sections.map(({ name, entries }) => {
    if (/[[\]\p{Cc}]/u.test(name) || name.trim() !== name) throw unwritable(name, undefined)
    const lines = entries.map(({ key, value }) => `${key} = ${iniValue(name, key, value)}`)
    return `${[`[${name}]`, ...lines].join('\n')}\n`
  })
  return blocks.join('\n')
}

/** INI has no two nodes of one NAME and CTLPORT: they would be read as one. */
function refuseTwins(sections: readonly PlainSection[]): void {
  const seen = new Set<string>()
  for (const { name, repeats, entries } of sections) {
    if (!repeats) continue
    const identity = JSON.stringify([name, ...['NAME', 'CTLPORT'].map((key) => valueAsText(entries, key))])
    if (seen.has(identity)) {
      const rule = 'cannot be written as INI, where two sections with one NAME and CTLPORT are one node; take one out'
      throw new ConfigurationError([{ file: 'the INI form', section: name, rule, severity: 'error' }])
    }
    seen.add(identity)
  }
}

function valueAsText(entries: readonly PlainEntry[], key: string): string | undefined {
  const value = entries.find((entry) => entry.key === key)?.value
  return typeof value === 'object' ? joinedItems(value) : value
}

function iniValue(section: string, key: string, value: string | readonly string[]): string {
  const text = (typeof value === 'string' ? value : joinedItems(value)).trim()
  if (/\p{Cc}/u.test(text) || !/^[^=\s[#;\p{Cc}](?:[^=\p{Cc}]*[^=\s\p{Cc}])?$/u.test(key))
    throw unwritable(section, key)
  return writtenInPieces(text)
}

/** Without the value: it may be a secret. */
function unwritable(section: string, key: string | undefined): ConfigurationError {
  const rule = 'cannot be written as INI: it has a line break or a character that INI has another use for'
  return new ConfigurationError([
    { file: 'the INI form', section, ...(key !== undefined && { key }), rule, severity: 'error' },
  ])
}

type Occurrences = ReadonlyMap<string, readonly PlainSection[]>

function bySection(sections: readonly PlainSection[]): Occurrences {
  const groups = new Map<string, PlainSection[]>()
  for (const section of sections) {
    const group = groups.get(section.name)
    if (group === undefined) groups.set(section.name, [section])
    else group.push(section)
  }
  return groups
}

const isList = (group: readonly PlainSection[]) => group.length > 1 || group[0]!.repeats

function asYaml(groups: Occurrences): string {
  const blocks = [...groups].map(([name, group]) => {
    const lines = isList(group)
      ? group.flatMap(({ entries }) => indented('  - ', '    ', yamlEntries(entries)))
      : indented('  ', '  ', yamlEntries(group[0]!.entries))
    return `${[`${yamlText(name)}:`, ...lines].join('\n')}\n`
  })
  return blocks.join('\n')
}

const indented = (first: string, rest: string, lines: readonly string[]) =>
  lines.map((line, index) => (index === 0 ? first : rest) + line)

function yamlEntries(entries: readonly PlainEntry[]): readonly string[] {
  if (entries.length === 0) return ['{}']
  return entries.map(({ key, value }) => {
    const text =
      typeof value === 'string' ? yamlText(value) : `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    return `${yamlText(key)}: ${text}`
  })
}

/** Without quotes where no reader of YAML can take it for anything but this text (or for its number or word). */
function yamlText(text: string): string {
  const plain = /^[A-Za-z0-9./](?:[A-Za-z0-9 ._/+@,-]|:(?=\S))*$/.test(text) && !/\s$|^null$/i.test(text)
  return plain ? text : JSON.stringify(text)
}

function asJson(groups: Occurrences): string {
  const members = [...groups].map(([name, group]) => {
    const objects = group.map(({ entries }) => jsonObject(entries, isList(group) ? '    ' : '  '))
    const value = isList(group) ? `[\n    ${objects.join(',\n    ')}\n  ]` : objects[0]!
    return `  ${JSON.stringify(name)}: ${value}`
  })
  return `{\n${members.join(',\n')}\n}\n`
}

function jsonObject(entries: readonly PlainEntry[], indent: string): string {
  if (entries.length === 0) return '{}'
  const members = entries.map(({ key, value, numeric }) => {
    const number = numeric && typeof value === 'string' && /^-?(?:0|[1-9]\d{0,14})$/.test(value)
    return `${indent}  ${JSON.stringify(key)}: ${number ? value : JSON.stringify(value)}`
  })
  return `{\n${members.join(',\n')}\n${indent}}`
}
