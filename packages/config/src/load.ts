import { createHash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import type { IncludeReply, IncludeRequest, SourceText } from './core/assembly.ts'
import type { Configuration, ConfigurationOrigin } from './core/configuration.ts'
import { ConfigurationError } from './core/error.ts'
import type { Issue } from './core/issue.ts'
import { type ParseInput, type Parsing, parsing } from './core/parse.ts'
import type { AnySection, ExpectedPath } from './core/sections/section.ts'
import { type Syntax, syntaxOf } from './core/text/syntax.ts'
import type { ConfigurationSource } from './source.ts'
import { readText, UnreadableError } from './text-file.ts'

export interface LoadOptions {
  /** The sections of other packages that may stand in the file. */
  readonly sections?: readonly AnySection[]
  /** The directory that relative paths count from (those in a file count from the file); the process's when not given. */
  readonly workingDirectory?: string
}

const jsonName = 'JSON string'

/** Which files took part in a configuration, and what they held. */
export interface Content {
  /** Absolute paths; also of files that could not be read. None for a JSON string that includes nothing. */
  readonly files: readonly string[]
  /** The same for the same texts. */
  readonly digest: string
}

const contents = new WeakMap<Configuration, Content>()

/** What a loaded configuration was made of; undefined for one that was not loaded here. */
export const contentOf = (configuration: Configuration): Content | undefined => contents.get(configuration)

/**
 * Reads and checks a configuration, with all that it includes.
 *
 * @throws ConfigurationError with every mistake: a file that cannot be read, syntax, values, rules between keys, and
 *   certificate files that are not there
 */
export async function loadConfiguration(
  source: ConfigurationSource,
  options: LoadOptions = {},
): Promise<Configuration> {
  return (await loadFrom(new Files(), source, options)).configuration
}

/** As {@link loadConfiguration}; `files` knows afterwards what was read, also when it throws. */
export async function loadFrom(files: Files, source: ConfigurationSource, options: LoadOptions): Promise<Loaded> {
  const input = await inputFrom(files, source, options)
  const { configuration, expectedPaths } = await driven(parsing(input), files)
  const absent = await absentPaths(expectedPaths, input.main.source.file)
  if (absent.length > 0) throw new ConfigurationError([...configuration.warnings, ...absent])
  contents.set(configuration, files.content)
  return { configuration, input }
}

/** A configuration, and what to parse again to look at its texts. */
export interface Loaded {
  readonly configuration: Configuration
  readonly input: ParseInput
}

/** Runs a parsing to its end and reads each file that it asks for. */
export async function driven<Result>(steps: Parsing<Result>, files: Files): Promise<Result> {
  let step = steps.next()
  while (step.done !== true) step = steps.next(await files.included(step.value))
  return step.value
}

/** Reads files and remembers them: one that is included twice is read once, so that it is the same both times. */
export class Files {
  readonly #texts = new Map<string, Promise<string>>()
  readonly #hash = createHash('sha256')

  get content(): Content {
    return { files: [...this.#texts.keys()], digest: this.#hash.copy().digest('hex') }
  }

  async text(path: string): Promise<string> {
    const known = this.#texts.get(path)
    if (known !== undefined) return known
    const reading = readText(path)
    this.#texts.set(path, reading)
    const text = await reading
    this.add(path, text)
    return text
  }

  /** Takes a text into the digest. */
  add(name: string, text: string): void {
    this.#hash.update(`${name.length}:${name}${text.length}:${text}`)
  }

  async included({ path, from }: IncludeRequest): Promise<IncludeReply> {
    const absolute = resolve(from.directory, path)
    try {
      // As seen from where the first file was named, so that an editor finds it.
      const file = isAbsolute(path) || from.file === jsonName ? path : join(dirname(from.file), path)
      return { kind: 'text', ...sourceText(absolute, file, await this.text(absolute)) }
    } catch (error) {
      if (error instanceof UnreadableError) return { kind: 'refused', rule: error.message }
      throw error
    }
  }
}

function sourceText(path: string, file: string, text: string): SourceText {
  const syntax = syntaxOf(basename(path), text)
  return { text, source: { syntax, file, identity: path, directory: dirname(path) } }
}

async function inputFrom(files: Files, source: ConfigurationSource, options: LoadOptions): Promise<ParseInput> {
  const { sections = [], workingDirectory = process.cwd() } = options
  const resolvePath = (path: string, directory: string) => resolve(directory, path)
  const common = { sections, resolvePath }
  if (source.kind === 'json') {
    files.add(jsonName, source.text)
    const main = { syntax: 'json', file: jsonName, identity: jsonName, directory: workingDirectory } as const
    return { ...common, main: { text: source.text, source: main }, origin: { kind: 'json' } }
  }
  const path = resolve(workingDirectory, source.path)
  const main = sourceText(path, source.path, await mainText(files, path, source.path))
  return { ...common, main, origin: fileOrigin(path, main.source.syntax) }
}

const fileOrigin = (path: string, syntax: Syntax): ConfigurationOrigin => ({ kind: 'file', path, syntax })

async function mainText(files: Files, path: string, name: string): Promise<string> {
  try {
    return await files.text(path)
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error
    throw new ConfigurationError([{ file: name, rule: error.message, severity: 'error' }], { cause: error.cause })
  }
}

/** [GLOBAL] and several nodes may name one file: each path is looked for once, and each place is told. */
async function absentPaths(expected: readonly ExpectedPath[], file: string): Promise<readonly Issue[]> {
  const found = new Map<string, boolean>()
  for (const path of new Set(expected.map((one) => one.path))) {
    found.set(
      path,
      await access(path).then(
        () => true,
        () => false,
      ),
    )
  }
  return expected
    .filter(({ path }) => !found.get(path))
    .map(({ finding }) => ({
      ...finding,
      file: finding.file ?? file,
      rule: 'must be a file or directory that exists and can be reached',
      severity: 'error',
    }))
}
