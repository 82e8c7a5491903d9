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
import type { Journal } from '../journal.ts'
import { spacedComments } from './json-comments.ts'
import {
  includeKey,
  outside,
  type Place,
  type RawConfiguration,
  type RawEntry,
  type RawSection,
  type RawSource,
} from './raw.ts'

/**
 * Deeper than any configuration. The composer is recursive, and where the stack ends V8 may end the process (a regular
 * expression that it cannot compile any more counts as out of memory), so depth is bounded before.
 */
const deepest = 64

/**
 * The YAML parser takes some 10 µs for each token whatever it is, errors most of all. This bounds its time to about a
 * second; 2 000 servers of five keys fit.
 */
const mostTokens = 100_000

/** What the YAML and JSON texts of one configuration may have in tokens, all together. */
export class TokenBudget {
  #left = mostTokens

  /** Whether there was one more. */
  spend(): boolean {
    this.#left--
    return this.#left >= 0
  }
}

/** After a few, an error of syntax is only the consequence of an earlier one. */
const mostSyntaxErrors = 20

/**
 * Reads YAML, and JSON, which CHMPX reads with a YAML parser too: so comments and single quotes work in both. Scalars
 * keep their text (the failsafe schema knows no numbers). Aliases are never followed, so nothing can multiply. What no
 * section or key may look like is told as its fault: whether that matters is for those who know the sections.
 */
export function readYaml(text: string, source: RawSource, journal: Journal, budget: TokenBudget): RawConfiguration {
  const { file } = source
  const lines = new LineCounter()
  const tokens = tokensOf(source.syntax === 'json' ? spacedComments(text) : text, lines, budget)
  if (!Array.isArray(tokens)) {
    journal.error({ file, rule: tokens.rule })
    return []
  }
  const [document, second] = documentsOf(tokens, text.length)
  if (document === undefined) return []
  if (second !== undefined)
    journal.error({ file, ...placeOf(lines, second.range[0]), rule: 'must be one document, not several' })
  for (const { code, pos } of document.errors.slice(0, mostSyntaxErrors)) {
    journal.error({
      file,
      ...placeOf(lines, pos[0]),
      rule: syntaxRules.get(code) ?? `is not valid YAML or JSON (${code})`,
    })
  }
  if (second !== undefined || document.errors.length > 0) return []
  return new Walk(lines, source, journal).sections(document.contents)
}

/** The syntax tree, as far as the parser builds it without recursion; or the bound that the text exceeds. */
function tokensOf(text: string, lines: LineCounter, budget: TokenBudget): CST.Token[] | { readonly rule: string } {
  lines.addNewLine(0)
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    if (!budget.spend()) return { rule: `must have at most ${mostTokens} tokens of YAML or JSON, with all it includes` }
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > deepest) return { rule: `must not nest more than ${deepest} deep` }
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

const noAlias = 'must not be an alias (*name): write the value out'
const mapOfKeys = 'must be a map of keys and values'

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return line === 0 ? {} : { line, column: col }
}

interface Positioned {
  readonly range?: readonly number[] | null
}

/** Goes through the three levels of a configuration: sections, nodes, values. */
class Walk {
  readonly #lines: LineCounter
  readonly #source: RawSource
  readonly #journal: Journal

  constructor(lines: LineCounter, source: RawSource, journal: Journal) {
    this.#lines = lines
    this.#source = source
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

  #occurrences(name: string, at: Place, node: unknown): readonly RawSection[] {
    if (name.toUpperCase() === includeKey) return this.#include(name, at, node)
    if (isMap(node)) return [this.#section(name, at, node)]
    if (isSeq(node)) {
      return node.items.map((item) => {
        const place = this.#place(item, at)
        return isMap(item) ? this.#section(name, place, item) : this.#faulty(name, place, mapOfKeys)
      })
    }
    if (isAlias(node)) return [this.#faulty(name, this.#place(node, at), noAlias)]
    if (isScalar(node) && this.#text(node) === undefined) return [this.#empty(name, at)]
    return [this.#faulty(name, at, 'must be a map, or a list of maps where a section repeats')]
  }

  /** At the top level the other file stands between the sections. */
  #include(key: string, at: Place, node: unknown): readonly RawSection[] {
    const { value, fault } = this.#value(node, at)
    if (fault !== undefined) this.#journal.error({ ...fault.at, key, rule: fault.rule })
    const entry: RawEntry = { key, id: includeKey, value, at, source: this.#source }
    return [{ name: '', id: outside, at, source: this.#source, entries: [entry] }]
  }

  #section(name: string, at: Place, node: YAMLMap): RawSection {
    const entries = this.#pairs(node, name).map(({ key, at, node }): RawEntry => {
      return { key, id: key.toUpperCase(), ...this.#value(node, at), at, source: this.#source }
    })
    return { ...this.#empty(name, at), entries }
  }

  #empty(name: string, at: Place): RawSection {
    return { name, id: name.toUpperCase(), at, source: this.#source, entries: [] }
  }

  #faulty(name: string, at: Place, rule: string): RawSection {
    return { ...this.#empty(name, at), faults: [{ at, rule }] }
  }

  #value(node: unknown, at: Place): Pick<RawEntry, 'value' | 'fault'> {
    if (node === null || node === undefined) return { value: undefined }
    if (isScalar(node)) return { value: this.#text(node) }
    if (isSeq(node) && node.items.every((item) => isScalar(item))) {
      return { value: node.items.map((item) => this.#text(item) ?? '') }
    }
    const rule = isAlias(node) ? noAlias : 'must be one value or a list of values'
    return { value: undefined, fault: { rule, at: isAlias(node) ? this.#place(node, at) : at } }
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

  #place(node: unknown, otherwise: Place = { file: this.#source.file }): Place {
    const range = typeof node === 'object' && node !== null ? (node as Positioned).range : undefined
    return range?.[0] === undefined ? otherwise : { file: this.#source.file, ...placeOf(this.#lines, range[0]) }
  }
}
