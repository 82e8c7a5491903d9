import { looksLikeJson } from './core/text/syntax.ts'

/** Where to read a configuration from. A relative `path` counts from the working directory. */
export type ConfigurationSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'json'; readonly text: string }

/** A command line parameter: a text in braces is the configuration itself, anything else is a path. */
export function sourceFromArgument(argument: string): ConfigurationSource {
  return looksLikeJson(argument) ? { kind: 'json', text: argument } : { kind: 'file', path: argument }
}

/** The environment variables that name a configuration, the first one that is set first. */
const variables = [
  ['RING_CONF', 'file'],
  ['RING_JSON', 'json'],
  ['CHMCONFFILE', 'file'],
  ['CHMJSONCONF', 'file'],
] as const

/**
 * The configuration that the environment names: `RING_CONF` (a path), `RING_JSON` (a JSON text), then CHMPX's own
 * `CHMCONFFILE` and `CHMJSONCONF`; empty ones count as unset. As in CHMPX a text in braces is JSON in each of them, and
 * `CHMJSONCONF` may hold a path.
 */
export function sourceFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): ConfigurationSource | undefined {
  for (const [name, kind] of variables) {
    const value = environment[name]
    if (value === undefined || value.trim() === '') continue
    return kind === 'json' ? { kind, text: value } : sourceFromArgument(value)
  }
  return undefined
}
