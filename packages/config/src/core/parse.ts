import { Configuration, type ConfigurationOrigin, type Syntax } from './configuration.ts'
import { ConfigurationError } from './error.ts'
import { checkGlobal, normalized } from './global-rules.ts'
import { type GlobalSettings, globalSection } from './global-section.ts'
import { readIni } from './ini.ts'
import { Journal } from './journal.ts'
import { checkNodes, serversOf, slaveOf } from './nodes.ts'
import type { RawConfiguration, RawSection } from './raw.ts'
import {
  type AnySection,
  type ExpectedPath,
  joined,
  type ReadSection,
  readSection,
  type SectionFields,
} from './section.ts'
import { type ServerSettings, serverSection } from './server-section.ts'
import { type SlaveSettings, slaveSection } from './slave-section.ts'
import { suggestion } from './spelling.ts'
import { checkTls } from './tls-rules.ts'
import { readYaml } from './yaml.ts'

/** The longest text that is read, in characters: a megabyte holds some 5 000 servers. */
export const longestText = 1024 * 1024

/** What the parser is told about a text. */
export interface ParseInput {
  readonly text: string
  readonly syntax: Syntax
  readonly origin: ConfigurationOrigin
  /** How messages call the source. */
  readonly file: string
  /** Sections of other packages. */
  readonly sections: readonly AnySection[]
  /** Makes a path of the configuration absolute. */
  readonly resolvePath: (path: string) => string
}

export interface Parsed {
  readonly configuration: Configuration
  /** Files that the configuration names and that have to be there. */
  readonly expectedPaths: readonly ExpectedPath[]
}

/** Everything that was read, before checks between sections. */
class Reading {
  readonly #input: ParseInput
  readonly #raw: RawConfiguration
  readonly #journal: Journal
  readonly expectedPaths: ExpectedPath[] = []

  constructor(input: ParseInput, raw: RawConfiguration, journal: Journal) {
    this.#input = input
    this.#raw = raw
    this.#journal = journal
  }

  all<Fields extends SectionFields>(section: AnySection & { readonly fields: Fields }): ReadSection<Fields>[] {
    const occurrences = this.#raw.sections.filter((raw) => this.#named(raw, section.name))
    const raws = section.repeats ? occurrences : [joined(section, occurrences, this.#journal)]
    return raws.map((raw) => {
      const read = readSection<Fields>(section, raw, this.#raw.ignoresCase, this.#input, this.#journal)
      this.expectedPaths.push(...read.expectedPaths)
      return read
    })
  }

  warnAboutUnknown(known: readonly AnySection[]): void {
    const names = known.map(({ name }) => name)
    for (const raw of this.#raw.sections) {
      if (raw.name === '' || names.some((name) => this.#named(raw, name))) continue
      const rule = `is not a known section and is ignored${suggestion(raw.name, names)}`
      this.#journal.warn({ ...raw.at, section: raw.name, rule })
    }
  }

  #named(raw: RawSection, name: string): boolean {
    return raw.name === name || (this.#raw.ignoresCase && raw.name.toUpperCase() === name)
  }
}

function rawOf(input: ParseInput, journal: Journal): RawConfiguration {
  if (input.text.length > longestText) {
    journal.error({ rule: `must be at most ${longestText} characters; put less into one configuration` })
    return { sections: [], ignoresCase: true }
  }
  return input.syntax === 'ini' ? readIni(input.text, journal) : readYaml(input.text, journal)
}

function failIfNeeded(journal: Journal): void {
  if (journal.failed) throw new ConfigurationError(journal.issues)
}

/**
 * Text to configuration, without I/O.
 *
 * @throws ConfigurationError with every mistake of the text; nothing else, whatever the text
 */
export function parseConfiguration(input: ParseInput): Parsed {
  const journal = new Journal(input.file)
  const raw = rawOf(input, journal)
  // Without its syntax a YAML text has no sections at all, and saying that each is missing would only hide the reason.
  if (raw.sections.length === 0) failIfNeeded(journal)
  const reading = new Reading(input, raw, journal)
  const nodes = {
    global: reading.all(globalSection)[0]!,
    servers: reading.all(serverSection),
    slaves: reading.all(slaveSection),
  }
  const others = input.sections.map((section) => ({ section, read: reading.all(section) }))
  reading.warnAboutUnknown([globalSection, serverSection, slaveSection, ...input.sections])
  checkGlobal(nodes.global, journal)
  checkNodes(nodes, journal)
  checkTls(nodes, journal)
  const global = normalized(nodes.global, journal) as GlobalSettings
  failIfNeeded(journal)
  const configuration = new Configuration({
    source: input.origin,
    global,
    servers: nodes.servers.flatMap(({ values }) => serversOf(values as ServerSettings, global)),
    slaves: nodes.slaves.map(({ values }) => slaveOf(values as SlaveSettings, global)),
    warnings: journal.issues,
    sections: new Map(others.map(({ section, read }) => [section, valuesOf(section, read)])),
  })
  return { configuration, expectedPaths: reading.expectedPaths }
}

function valuesOf(section: AnySection, read: readonly ReadSection<SectionFields>[]): unknown {
  return section.repeats ? read.map(({ values }) => values) : read[0]!.values
}
