import type { IncludeReply, IncludeRequest, SourceText } from './assembly.ts'
import type { Configuration } from './configuration.ts'
import { type ParseInput, type Parsing, parsed, parsing } from './parse.ts'
import type { AnySection } from './sections/section.ts'
import { type Syntax, syntaxOf } from './text/syntax.ts'

const directory = '/etc/ring'

/** Files in memory by name, for tests of the core. */
export type MemoryFiles = Readonly<Record<string, string>>

function sourceText(name: string, text: string, syntax: Syntax): SourceText {
  return { text, source: { syntax, file: name, identity: name, directory } }
}

function include(files: MemoryFiles, { path }: IncludeRequest): IncludeReply {
  const text = files[path]
  if (text === undefined) return { kind: 'refused', rule: 'is not there' }
  return { kind: 'text', ...sourceText(path, text, syntaxOf(path, text)) }
}

export function parseInput(text: string, syntax: Syntax = 'ini', sections: readonly AnySection[] = []): ParseInput {
  return {
    main: sourceText(`ring.${syntax}`, text, syntax),
    origin: { kind: 'json' },
    sections,
    resolvePath: (path, from) => (path.startsWith('/') ? path : `${from}/${path}`),
  }
}

export const drive = <Result>(steps: Parsing<Result>, files: MemoryFiles = {}): Result =>
  parsed(steps, (request) => include(files, request))

/** The configuration that a text gives, its includes taken from `files`. */
export function parseText(
  text: string,
  syntax: Syntax = 'ini',
  sections: readonly AnySection[] = [],
  files: MemoryFiles = {},
): Configuration {
  return drive(parsing(parseInput(text, syntax, sections)), files).configuration
}
