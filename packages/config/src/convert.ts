import { isAbsolute, relative, resolve } from 'node:path'
import { type Rewritten, rewriting } from './core/text/rewrite.ts'
import type { Syntax } from './core/text/syntax.ts'
import { driven, Files, type LoadOptions, loadFrom } from './load.ts'
import type { ConfigurationSource } from './source.ts'

export interface ConvertOptions extends LoadOptions {
  /** The directory that the new text will be in, which its relative paths count from; that of the source when not given. */
  readonly directory?: string
}

/**
 * The same configuration written in another syntax, with all that it includes in its place. Comments are lost, values
 * stay as they are written, secrets too.
 *
 * @throws ConfigurationError when it is not valid, or holds what INI cannot
 */
export async function convertConfiguration(
  source: ConfigurationSource,
  syntax: Syntax,
  options: ConvertOptions = {},
): Promise<Rewritten> {
  const files = new Files()
  const { input } = await loadFrom(files, source, options)
  const directory = resolve(options.directory ?? input.main.source.directory)
  const placed = (written: string, absolute: string) =>
    isAbsolute(written) ? written : relative(directory, absolute) || '.'
  return driven(rewriting(input, { syntax, placed }), files)
}
