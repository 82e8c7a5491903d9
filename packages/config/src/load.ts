import { access, type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { Configuration } from './core/configuration.ts'
import { ConfigurationError } from './core/error.ts'
import type { Issue } from './core/issue.ts'
import { longestText, type ParseInput, parseConfiguration } from './core/parse.ts'
import type { AnySection, ExpectedPath } from './core/section.ts'
import { syntaxOf } from './core/syntax.ts'
import type { ConfigurationSource } from './source.ts'

export interface LoadOptions {
  /** The sections of other packages that may stand in the file. */
  readonly sections?: readonly AnySection[]
  /** The directory that relative paths count from (those in a file count from the file); the process's when not given. */
  readonly workingDirectory?: string
}

const jsonName = 'JSON string'

/**
 * Reads and checks a configuration.
 *
 * @throws ConfigurationError with every mistake: a file that cannot be read, syntax, values, rules between keys, and
 *   certificate files that are not there
 */
export async function loadConfiguration(
  source: ConfigurationSource,
  options: LoadOptions = {},
): Promise<Configuration> {
  const input = await inputFrom(source, options)
  const { configuration, expectedPaths } = parseConfiguration(input)
  const absent = await absentPaths(expectedPaths, input.file)
  if (absent.length > 0) throw new ConfigurationError([...configuration.warnings, ...absent])
  return configuration
}

async function inputFrom(source: ConfigurationSource, options: LoadOptions): Promise<ParseInput> {
  const { sections = [], workingDirectory = process.cwd() } = options
  if (source.kind === 'json') {
    const resolvePath = (path: string) => resolve(workingDirectory, path)
    return { text: source.text, syntax: 'json', origin: { kind: 'json' }, file: jsonName, sections, resolvePath }
  }
  const path = resolve(workingDirectory, source.path)
  const text = await readText(path, source.path)
  const syntax = syntaxOf(basename(path), text)
  const resolvePath = (relative: string) => resolve(dirname(path), relative)
  return { text, syntax, origin: { kind: 'file', path, syntax }, file: source.path, sections, resolvePath }
}

async function readText(path: string, name: string): Promise<string> {
  let bytes: Uint8Array
  try {
    const handle = await open(path, 'r')
    try {
      bytes = await readBounded(handle)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw unusable(name, `cannot be read (${codeOf(cause)}); give the path of a file that this user may read`, cause)
  }
  if (bytes.length > longestText) throw unusable(name, `must be at most ${longestText} bytes`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw unusable(name, 'must be UTF-8 text', cause)
  }
}

/** At most one byte more than is allowed: the size that a file reports says nothing about devices and pipes. */
async function readBounded(handle: FileHandle): Promise<Uint8Array> {
  const { size } = await handle.stat()
  let buffer = Buffer.alloc(Math.min(Math.max(size, 4095), longestText) + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null)
    length += bytesRead
    if (bytesRead === 0 || length > longestText) return buffer.subarray(0, length)
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(buffer.length * 2, longestText + 1))
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}

function unusable(file: string, rule: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError([{ file, rule, severity: 'error' }], { cause })
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
      file,
      rule: 'must be a file or directory that exists and can be reached',
      severity: 'error',
    }))
}
