import type { Journal } from './journal.ts'
import { readIni } from './text/ini.ts'
import { includeKey, outside, type RawEntry, type RawSection, type RawSource } from './text/raw.ts'
import { readYaml, TokenBudget } from './text/yaml.ts'

/** The longest configuration, all its files together, in characters: a megabyte holds some 5 000 servers. */
export const longestText = 1024 * 1024

/** More INCLUDEs within each other are a mistake. */
const deepestInclude = 8
/** Files that may take part, each counted as often as it is included. */
const mostIncludes = 256

/** As many nodes as CHMPX can count, and some. */
const mostSections = 33_000

/** A text and where it is from. */
export interface SourceText {
  readonly text: string
  readonly source: RawSource
}

/** An INCLUDE for which the shell is asked: a path as it is written, and who names it. */
export interface IncludeRequest {
  readonly path: string
  readonly from: RawSource
}

/** The file of an INCLUDE, or the rule that it breaks. */
export type IncludeReply =
  | ({ readonly kind: 'text' } & SourceText)
  | { readonly kind: 'refused'; readonly rule: string }

/** A section, or the part of one that stands before or behind an INCLUDE: parts of one section share their `group`. */
export interface SectionPart extends RawSection {
  readonly group: number
}

/**
 * Reads a text and all that it includes. An INCLUDE means, in every form: the sections of the other file stand here,
 * and the section in which the INCLUDE is written goes on behind them. Keys of the other file before its first section
 * belong to that section. It asks for each file by yielding, so that the core reads none itself.
 */
export class Assembly {
  readonly #journal: Journal
  readonly #parts: SectionPart[] = []
  readonly #budget = new TokenBudget()
  #characters = 0
  #includes = 0
  #groups = 0

  constructor(journal: Journal) {
    this.#journal = journal
  }

  *assembled(main: SourceText): Generator<IncludeRequest, readonly SectionPart[], IncludeReply> {
    yield* this.#file(main, undefined, [main.source.identity])
    return this.#parts
  }

  *#file(file: SourceText, into: SectionPart | undefined, trail: readonly string[]): Including {
    this.#journal.opened(file.source.file)
    for (const section of this.#read(file)) {
      if (this.#groups === mostSections) {
        this.#journal.error({ ...section.at, rule: `must be one of at most ${mostSections} sections` })
        return
      }
      if (section.id === outside) yield* this.#section(section, into, trail)
      else yield* this.#section(section, { ...section, group: this.#groups++ }, trail)
    }
  }

  #read({ text, source }: SourceText): readonly RawSection[] {
    this.#characters += text.length
    if (this.#characters <= longestText) {
      return source.syntax === 'ini'
        ? readIni(text, source, this.#journal)
        : readYaml(text, source, this.#journal, this.#budget)
    }
    const rule = `must be at most ${longestText} characters, with all that it includes; put less into one configuration`
    this.#journal.error({ file: source.file, rule })
    return []
  }

  *#section(section: RawSection, target: SectionPart | undefined, trail: readonly string[]): Including {
    let entries = this.#part(target)
    for (const entry of section.entries) {
      if (entry.id === includeKey) {
        yield* this.#include(entry, target, trail)
        entries = this.#part(target)
      } else if (target === undefined) {
        const rule = 'is ignored because it stands before the first section'
        this.#journal.warn({ ...entry.at, key: entry.key, rule })
      } else entries.push(entry)
    }
  }

  /** The entries of a new part of the section; they may still grow. */
  #part(target: SectionPart | undefined): RawEntry[] {
    const entries: RawEntry[] = []
    if (target !== undefined) this.#parts.push({ ...target, entries })
    return entries
  }

  *#include(entry: RawEntry, target: SectionPart | undefined, trail: readonly string[]): Including {
    const written = typeof entry.value === 'object' ? entry.value : [entry.value ?? '']
    for (const path of written.map((one) => one.trim()).filter((one) => one !== '')) {
      const refused = this.#refusal(path, trail)
      const reply: IncludeReply =
        refused === undefined ? yield { path, from: entry.source } : { kind: 'refused', rule: refused }
      const rule = reply.kind === 'text' ? cycleRule(reply.source, trail) : reply.rule
      if (rule !== undefined) this.#journal.error({ ...entry.at, key: entry.key, value: path, rule })
      else if (reply.kind === 'text') yield* this.#file(reply, target, [...trail, reply.source.identity])
    }
  }

  #refusal(path: string, trail: readonly string[]): string | undefined {
    if (path.includes('\0')) return 'must not contain a NUL character'
    if (trail.length > deepestInclude) return `must not nest more than ${deepestInclude} deep`
    this.#includes++
    return this.#includes > mostIncludes ? `must not be given more than ${mostIncludes} times in all` : undefined
  }
}

type Including = Generator<IncludeRequest, void, IncludeReply>

function cycleRule({ identity }: RawSource, trail: readonly string[]): string | undefined {
  if (!trail.includes(identity)) return undefined
  return trail.length === 1
    ? 'must not name the file itself'
    : 'must not name a file that includes this one: they go round in a circle'
}
