import { looksLikeJson } from './core/syntax.ts'

/** Where to read a configuration from. A relative `path` counts from the working directory. */
export type ConfigurationSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'json'; readonly text: string }

/** A command line parameter: a text in braces is the configuration itself, anything else is a path. */
export function sourceFromArgument(argument: string): ConfigurationSource {
  return looksLikeJson(argument) ? { kind: 'json', text: argument } : { kind: 'file', path: argument }
}

/** CHMPX's environment variables: `CHMCONFFILE`, then `CHMJSONCONF`; empty ones count as unset. */
export function sourceFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ConfigurationSource | undefined {
  const { CHMCONFFILE: path, CHMJSONCONF: text } = environment
  if (path) return { kind: 'file', path }
  return text ? { kind: 'json', text } : undefined
}
