import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type YAMLMap,
} from 'yaml'
import type { Location } from './issue.ts'
import type { Journal } from './journal.ts'
import type { RawConfiguration, RawEntry, RawSection, RawValue } from './raw.ts'

/**
 * Deeper than any configuration. The composer is recursive, and where the stack ends V8 may end the process (a regular
 * expression that it cannot compile any more counts as out of memory), so depth is bounded before.
 */
const deepest = 64

/** After a few, an error of syntax is only the consequence of an earlier one. */
const mostSyntaxErrors = 20

/**
 * Reads YAML, and JSON, which CHMPX reads with a YAML parser too: so comments and single quotes work in both. Scalars
 * keep their text (the failsafe schema knows no numbers). Anchors and aliases are refused, so nothing can multiply.
 */
export function readYaml(text: string, journal: Journal): RawConfiguration {
  const nothing = { sections: [], ignoresCase: true }
  const lines = new LineCounter()
  const tokens = tokensOf(text, lines)
  if (tokens === undefined) {
    journal.error({ rule: `must not nest more than ${deepest} deep` })
    return nothing
  }
  const [document, second] = documentsOf(tokens, text.length)
  if (document === undefined) return nothing
  if (second !== undefined)
    journal.error({ ...placeOf(lines, second.range[0]), rule: 'must be one document, not several' })
  for (const { code, pos } of document.errors.slice(0, mostSyntaxErrors)) {
    journal.error({ ...placeOf(lines, pos[0]), rule: syntaxRules.get(code) ?? `is not valid YAML or JSON (${code})` })
  }
  if (second !== undefined || document.errors.length > 0) return nothing
  return { sections: new Walk(lines, journal).sections(document.contents), ignoresCase: true }
}

/** The syntax tree, as far as the parser builds it without recursion; undefined when it nests too deep. */
function tokensOf(text: string, lines: LineCounter): CST.Token[] | undefined {
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > deepest) return undefined
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

/** The first documents of a text, at most two: the second is only a mistake. */
function documentsOf(tokens: CST.Token[], length: number): readonly Document.Parsed[] {
  const composer = new Composer({
    schema: 'failsafe',
    prettyErrors: false,
    uniqueKeys: false, // Repeated keys get the same warning as in INI.
    resolveKnownTags: false,
    logLevel: 'silent',
  })
  const documents: Document.Parsed[] = []
  for (const document of composer.compose(tokens, true, length)) {
    documents.push(document)
    if (documents.length === 2) break
  }
  return documents
}

// The parser's own messages quote the source, which may hold a secret.
const syntaxRules = new Map<string, string>([
  ['TAB_AS_INDENT', 'must be indented with spaces, not tabs'],
  ['BAD_INDENT', 'must be indented like the lines around it, and brackets before it must be closed'],
  ['MISSING_CHAR', 'lacks a closing quote, bracket, brace, colon or comma here'],
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
