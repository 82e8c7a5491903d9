import { Assembly, type IncludeReply, type IncludeRequest, type SectionPart, type SourceText } from './assembly.ts'
import { Configuration, type ConfigurationOrigin } from './configuration.ts'
import { ConfigurationError } from './error.ts'
import { Journal } from './journal.ts'
import { mostServers } from './nodes/host-pattern.ts'
import { allServersOf, checkNodes, slaveOf } from './nodes/nodes.ts'
import { withoutTwins } from './nodes/twin-nodes.ts'
import { normalized } from './sections/global-rules.ts'
import { type GlobalSettings, globalSection } from './sections/global-section.ts'
import {
  type AnySection,
  type ExpectedPath,
  joined,
  occurrences,
  type ReadingContext,
  type ReadSection,
  readSection,
  type SectionFields,
  type WholeSection,
} from './sections/section.ts'
import { allSections, sectionReaders } from './sections/section-list.ts'
import { type ServerSettings, serverSection } from './sections/server-section.ts'
import { type SlaveSettings, slaveSection } from './sections/slave-section.ts'
import { checkTls } from './sections/tls-rules.ts'
import { outside, unreadable } from './text/raw.ts'
import { suggestion } from './text/spelling.ts'

/** What the parser is told about a text. */
export interface ParseInput {
  readonly main: SourceText
  readonly origin: ConfigurationOrigin
  /** Sections of other packages. */
  readonly sections: readonly AnySection[]
  /** Makes a path absolute, as seen from the directory of the source that names it. */
  readonly resolvePath: (path: string, directory: string) => string
}

export interface Parsed {
  readonly configuration: Configuration
  /** Files that the configuration names and that have to be there. */
  readonly expectedPaths: readonly ExpectedPath[]
}

/** Parsing that pauses at each INCLUDE until it is given the file. */
export type Parsing<Result> = Generator<IncludeRequest, Result, IncludeReply>

/** The parts of all sections, by what they are compared by. */
export class Parts {
  readonly #all: readonly SectionPart[]
  readonly #journal: Journal

  constructor(all: readonly SectionPart[], journal: Journal) {
    this.#all = all
    this.#journal = journal
  }

  /** Every occurrence of a section that repeats, or the one that all occurrences are joined to. */
  of(section: AnySection): readonly WholeSection[] {
    const own = this.#all.filter(({ id }) => id === section.name)
    for (const { faults = [] } of own)
      for (const { at, rule } of faults) this.#journal.error({ ...at, section: section.name, rule })
    if (!section.repeats) return [joined(section, own, this.#journal)]
    const wholes = occurrences(own)
    return section === serverSection || section === slaveSection ? withoutTwins(section, wholes, this.#journal) : wholes
  }

  /** What no definition is there for. */
  unknown(known: readonly AnySection[]): readonly SectionPart[] {
    const names = new Set([...known.map(({ name }) => name), outside, unreadable])
    return this.#all.filter(({ id }) => !names.has(id))
  }

  /** The same, each occurrence in one. */
  unknownWholes(known: readonly AnySection[]): readonly { readonly id: string; readonly whole: WholeSection }[] {
    const parts = this.unknown(known)
    const ids = new Map(parts.map(({ id, group }) => [group, id]))
    return occurrences(parts).map((whole, index) => ({ id: [...ids.values()][index]!, whole }))
  }
}

/** Everything that was read, before checks between sections. */
class Reading {
  readonly #context: ReadingContext
  readonly #parts: Parts
  readonly #journal: Journal
  readonly expectedPaths: ExpectedPath[] = []

  constructor({ resolvePath }: ParseInput, parts: Parts, journal: Journal) {
    let hosts = 0
    const takeHosts = (count: number) => {
      hosts += count
      return hosts <= mostServers
    }
    this.#context = { resolvePath, takeHosts }
    this.#parts = parts
    this.#journal = journal
  }

  all<Fields extends SectionFields>(section: AnySection & { readonly fields: Fields }): ReadSection<Fields>[] {
    return this.#parts.of(section).map((whole) => {
      const read = readSection<Fields>(section, whole, this.#context, this.#journal)
      this.expectedPaths.push(...read.expectedPaths)
      return read
    })
  }

  warnAboutUnknown(known: readonly AnySection[]): void {
    const names = [...known.map(({ name }) => name), ...sectionReaders.keys()]
    const told = new Set<number>()
    for (const { id, name, at, group } of this.#parts.unknown(known)) {
      if (told.has(group) || this.#journal.full) continue
      told.add(group)
      const reader = sectionReaders.get(id)
      const rule =
        reader === undefined
          ? `is not a known section and is ignored${suggestion(name, names)}`
          : `is read by ${reader}, which this process does not load`
      this.#journal.warn({ ...at, section: name, rule })
    }
  }
}

export function failIfNeeded(journal: Journal): void {
  if (journal.failed) throw new ConfigurationError(journal.issues)
}

/**
 * Text to configuration, without I/O.
 *
 * @throws ConfigurationError with every mistake of the text; nothing else, whatever the text
 */
export function* parsing(input: ParseInput): Parsing<Parsed> {
  const journal = new Journal(input.main.source.file)
  const parts = yield* new Assembly(journal).assembled(input.main)
  // Without its syntax a YAML text has no sections at all, and saying that each is missing would only hide the reason.
  if (parts.length === 0) failIfNeeded(journal)
  return checked(input, new Parts(parts, journal), journal)
}

function checked(input: ParseInput, parts: Parts, journal: Journal): Parsed {
  const definitions = allSections(input.sections)
  const reading = new Reading(input, parts, journal)
  const nodes = {
    global: reading.all(globalSection)[0]!,
    servers: reading.all(serverSection),
    slaves: reading.all(slaveSection),
  }
  const others = input.sections.map((section) => ({ section, read: reading.all(section) }))
  reading.warnAboutUnknown(definitions)
  checkNodes(nodes, journal, others.some(findsServers))
  checkTls(nodes, journal)
  const global = normalized(nodes.global, journal) as GlobalSettings
  failIfNeeded(journal)
  const configuration = new Configuration({
    source: input.origin,
    global,
    servers: allServersOf(
      nodes.servers.map(({ values }) => values as ServerSettings),
      global,
    ),
    slaves: nodes.slaves.map(({ values }) => slaveOf(values as SlaveSettings, global)),
    warnings: journal.issues,
    definitions,
    sections: new Map(others.map(({ section, read }) => [section, valuesOf(section, read)])),
  })
  return { configuration, expectedPaths: reading.expectedPaths }
}

interface OtherSection {
  readonly section: AnySection
  readonly read: readonly ReadSection<SectionFields>[]
}

/** Asked only of values that are all there: a mistake in them is an error of its own. */
function findsServers({ section, read }: OtherSection): boolean {
  const complete = read.filter(({ values }) => Object.keys(section.fields).every((name) => Object.hasOwn(values, name)))
  return complete.some(({ values }) => section.replacesServers(values))
}

function valuesOf(section: AnySection, read: readonly ReadSection<SectionFields>[]): unknown {
  return section.repeats ? read.map(({ values }) => values) : read[0]!.values
}

/** Drives a parsing to its end with files that are at hand; a shell that reads them does the same with `await`. */
export function parsed<Result>(steps: Parsing<Result>, include: (request: IncludeRequest) => IncludeReply): Result {
  let step = steps.next()
  while (step.done !== true) step = steps.next(include(step.value))
  return step.value
}
