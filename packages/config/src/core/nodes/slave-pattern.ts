import { expandHost, splitNames } from './host-pattern.ts'

const everything = new Set(['[.]*', '.*', '*'])

const posixClasses: ReadonlyMap<string, string> = new Map([
  ['alpha', 'A-Za-z'],
  ['digit', '0-9'],
  ['alnum', 'A-Za-z0-9'],
  ['lower', 'a-z'],
  ['upper', 'A-Z'],
  ['xdigit', '0-9A-Fa-f'],
  ['space', '\\s'],
  ['blank', ' \\t'],
  ['punct', '!-\\/:-@\\[-`{-~'],
])

/**
 * The test for a slave's NAME or CUK: host names with ranges and commas, or one extended POSIX expression. The case of
 * letters counts, as in CHMPX. The expression must match as a whole: CHMPX finds it anywhere in the name, so that there
 * `web1` lets `web10` in too. Undefined when it is neither.
 */
export function slaveMatcher(pattern: string): ((text: string) => boolean) | undefined {
  if (everything.has(pattern)) return () => true
  const hosts = new Set([pattern, ...(hostsOf(pattern) ?? [])])
  if (hosts.size > 1) return (text) => hosts.has(text)
  const source = javaScriptOf(pattern)
  if (source === undefined) return undefined
  try {
    const expression = new RegExp(`^(?:${source})$`)
    return (text) => text.length <= 255 && (hosts.has(text) || expression.test(text))
  } catch {
    return undefined
  }
}

/** What CHMPX admits by this pattern and Ring does not, for a warning; undefined where both admit the same. */
export function partialMatchRemark(pattern: string): string | undefined {
  if (everything.has(pattern) || hostsOf(pattern) !== undefined) return undefined
  if (/(?:\$|\.\*|\[\.\]\*)$/.test(pattern) && /^(?:\^|\.\*|\[\.\]\*)/.test(pattern)) return undefined
  return 'must match a whole name here, and any part of it in CHMPX; begin and end it with .* for that, or with ^ and $ for this'
}

/** The names that a list of host names stands for, brackets and all; undefined for anything else. */
function hostsOf(pattern: string): readonly string[] | undefined {
  const names = splitNames(pattern).map((name) => expandHost(name))
  return names.length === 0 || names.includes(undefined) ? undefined : names.flatMap((hosts) => hosts ?? [])
}

/** The expression in JavaScript's words; undefined when a bracket is not closed or nothing follows a `\`. */
function javaScriptOf(posix: string): string | undefined {
  let source = ''
  for (let at = 0; at < posix.length; at++) {
    const character = posix[at]!
    if (character === '[') {
      const set = bracketSet(posix, at)
      if (set === undefined) return undefined
      source += set.source
      at = set.end - 1
    } else if (character === '\\') {
      const next = posix[++at]
      if (next === undefined) return undefined
      // A letter is itself in POSIX: `\d` is the letter d.
      source += /[A-Za-z0-9]/.test(next) ? next : `\\${next}`
    } else source += character === '/' ? '\\/' : character
  }
  return source
}

/** `[...]` from `start` on, in which POSIX has classes such as `[:digit:]`, no escapes, and `]` may stand first. */
function bracketSet(posix: string, start: number): { readonly source: string; readonly end: number } | undefined {
  let at = start + 1
  let source = '['
  if (posix[at] === '^') {
    source += '^'
    at++
  }
  for (let isFirst = true; at < posix.length; isFirst = false) {
    const character = posix[at]!
    const named = /^\[:([a-z]{1,6}):\]/.exec(posix.slice(at, at + 12))
    if (character === ']' && !isFirst) return { source: `${source}]`, end: at + 1 }
    if (named !== null) {
      const characters = posixClasses.get(named[1]!)
      if (characters === undefined) return undefined
      source += characters
      at += named[0].length
    } else {
      source += /[\\[\]^]/.test(character) ? `\\${character}` : character
      at++
    }
  }
  return undefined
}
