/** The three written forms. JSON is read by the YAML reader, so its comments and single quotes work. */
export type Syntax = 'ini' | 'yaml' | 'json'

/**
 * Whether a command line parameter is itself a configuration rather than the path of one. The closing brace is not asked
 * for: a text that lacks it, taken for a path, would be shown with all its secrets.
 */
export const looksLikeJson = (text: string): boolean => /^\s*\{/.test(text)

/**
 * The syntax of a file: by its extension; a name without one is INI, as in CHMPX. For any other extension the text
 * decides: a brace is JSON, a `[SECTION]` line or `KEY =` is INI, the rest is YAML.
 */
export function syntaxOf(fileName: string, text: string): Syntax {
  const extension = /[^.]\.([^.]*)$/.exec(fileName)?.[1]?.toLowerCase()
  switch (extension) {
    case undefined:
    case 'ini':
      return 'ini'
    case 'yaml':
    case 'yml':
      return 'yaml'
    case 'json':
      return 'json'
    default:
      return syntaxOfText(text)
  }
}

function syntaxOfText(text: string): Syntax {
  const first = text.split(/\r\n|\n|\r/).find((line) => !/^\s*(?:[#;]|$)/.test(line))
  if (first?.trimStart().startsWith('{')) return 'json'
  return first !== undefined && /^\s*(?:\[\w+\]\s*$|\w+\s*=)/.test(first) ? 'ini' : 'yaml'
}
