import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import type { Location } from './issue.ts'
import type { Journal } from './journal.ts'
import type { RawConfiguration, RawEntry, RawSection, RawValue } from './raw.ts'

/** Deeper than any configuration; the composer is recursive, and its stack must not depend on the file. */
const deepest = 64

/** After a few, an error of syntax is only the consequence of an earlier one. */
const mostSyntaxErrors = 20

/**
 * Reads YAML, and JSON, which CHMPX reads with a YAML parser too: so comments and single quotes work in both. Scalars
 * keep their text (the failsafe schema knows no numbers). Anchors and aliases are refused, so nothing can multiply.
 */
export function readYaml(text: string, journal: Journal): RawConfiguration {
  const nothing = { sections: [], ignoresCase: true }
  if (tooDeep(text)) {
    journal.error({ rule: `must not nest brackets more than ${deepest} deep` })
    return nothing
  }
  const lines = new LineCounter()
  const document = composed(text, lines)
  if (document === undefined) {
    journal.error({ rule: 'is nested too deeply' })
    return nothing
  }
  for (const { code, pos } of document.errors.slice(0, mostSyntaxErrors)) {
    journal.error({ ...placeOf(lines, pos[0]), rule: syntaxRules.get(code) ?? `is not valid YAML or JSON (${code})` })
  }
  if (document.errors.length > 0) return nothing
  return { sections: new Walk(lines, journal).sections(document.contents), ignoresCase: true }
}

function composed(text: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, {
      schema: 'failsafe',
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false, // Repeated keys get the same warning as in INI.
      resolveKnownTags: false,
      logLevel: 'error',
    })
  } catch (error) {
    if (error instanceof RangeError) return undefined // The stack ended: block nesting, which tooDeep() cannot count.
    throw error
  }
}

/** Counts brackets without caring for quotes: a configuration has no use for 64 open ones in either. */
function tooDeep(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1)
    if (depth > deepest) return true
  }
  return false
}

// The parser's own messages quote the source, which may hold a secret.
const syntaxRules = new Map<string, string>([
  ['TAB_AS_INDENT', 'must be indented with spaces, not tabs'],
  ['BAD_INDENT', 'must be indented like the lines around it, and brackets before it must be closed'],
  ['MISSING_CHAR', 'lacks a closing quote, bracket, brace, colon or comma here'],
  ['MULTIPLE_DOCS', 'must be one document: remove the --- that begins another'],
  ['BAD_ALIAS', 'must not use aliases'],
])

const noAnchor = 'must not use anchors (&name), aliases (*name): write the value out'

function placeOf(lines: LineCounter, offset: number): Location {
  const { line, col } = lines.linePos(offset)
  return line === 0 ? {} : { line, column: col }
}

interface Positioned {
  readonly range?: readonly number[] | null
}

/** Goes through the three levels of a configuration: sections, nodes, values. */
class Walk {
  readonly #lines: LineCounter
  readonly #journal: Journal

  constructor(lines: LineCounter, journal: Journal) {
    this.#lines = lines
    this.#journal = journal
  }

  sections(root: unknown): readonly RawSection[] {
    if (root === null || (isScalar(root) && root.value === '')) return []
    if (!isMap(root)) {
      this.#journal.error({ ...this.#place(root), rule: 'must be a map of sections such as GLOBAL and SVRNODE' })
      return []
    }
    return this.#pairs(root).flatMap(({ key, at, node }) => this.#occurrences(key, at, node))
  }

  #occurrences(name: string, at: Location, node: unknown): readonly RawSection[] {
    if (isMap(node)) return [this.#section(name, at, node)]
    if (isSeq(node) && !this.#refused(node, at, name)) {
      return node.items.flatMap((item) => {
        if (isMap(item)) return [this.#section(name, this.#place(item, at), item)]
        this.#journal.error({ ...this.#place(item, at), section: name, rule: 'must be a map of keys and values' })
        return []
      })
    }
    if (isScalar(node) && this.#text(node) === undefined) return [{ name, at, entries: [] }]
    this.#journal.error({ ...at, section: name, rule: 'must be a map, or a list of maps where a section repeats' })
    return []
  }

  #section(name: string, at: Location, node: YAMLMap): RawSection {
    if (this.#refused(node, at, name)) return { name, at, entries: [] }
    const entries: RawEntry[] = []
    for (const pair of this.#pairs(node, name)) {
      const value = this.#value(pair.node, { ...pair.at, section: name, key: pair.key })
      if (value !== null) entries.push({ key: pair.key, value, at: pair.at })
    }
    return { name, at, entries }
  }

  #value(node: unknown, subject: Location & { section: string; key: string }): RawValue | null {
    if (node === null || node === undefined) return undefined
    if (this.#refused(node, subject, subject.section)) return null
    if (isScalar(node)) return this.#text(node)
    if (isSeq(node) && node.items.every((item) => isScalar(item) && item.anchor === undefined)) {
      return node.items.map((item) => this.#text(item) ?? '')
    }
    this.#journal.error({ ...subject, rule: 'must be one value or a list of values' })
    return null
  }

  #pairs(map: YAMLMap, section?: string) {
    return map.items.flatMap(({ key, value }) => {
      const at = this.#place(key)
      if (isScalar(key) && typeof key.value === 'string') return [{ key: key.value, at, node: value }]
      this.#journal.error({
        ...at,
        ...(section === undefined ? {} : { section }),
        rule: 'must have a plain name as its key',
      })
      return []
    })
  }

  /** `undefined` for nothing at all: an empty value, `~`, or `null` without quotes. */
  #text(node: unknown): string | undefined {
    if (!isScalar(node) || typeof node.value !== 'string') return undefined
    if (node.type === 'PLAIN' && /^(?:null|~)?$/i.test(node.value)) return undefined
    return node.value
  }

  #refused(node: unknown, at: Location, section: string): boolean {
    const anchored = isAlias(node) || ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined)
    if (anchored) this.#journal.error({ section, rule: noAnchor, ...this.#place(node, at) })
    return anchored
  }

  #place(node: unknown, otherwise: Location = {}): Location {
    const range = typeof node === 'object' && node !== null ? (node as Positioned).range : undefined
    return range?.[0] === undefined ? otherwise : placeOf(this.#lines, range[0])
  }
}
