import { parseDuration } from './fault-text.ts'
import { ScriptError } from './script-error.ts'

/** One line of a script, with the expected output that follows it. */
export interface Statement {
  readonly line: number
  readonly source: string
  /** When it is done: in its turn, at a time of the world, or so long after its turn. */
  readonly when: { readonly kind: 'now' } | { readonly kind: 'at' | 'after'; readonly ms: number }
  readonly words: readonly string[]
  /** `for 5s`: how long a fault lasts. */
  readonly forMs?: number
  /** `within 5s`: how long to wait for what is wanted. */
  readonly withinMs?: number
  readonly expected?: readonly string[]
}

const scriptMaxLines = 10_000

/**
 * Reads a script: one statement a line, `#` begins a comment, `=>` the output that is expected; further lines that begin
 * with `=>` are further lines of that output.
 *
 * @throws {@link ScriptError} for a line that cannot be understood
 */
export function parseScript(text: string, file: string): readonly Statement[] {
  const lines = text.split('\n')
  if (lines.length > scriptMaxLines) throw new ScriptError(file, scriptMaxLines, 'too long: split the script')
  const statements: Statement[] = []
  lines.forEach((raw, index) => {
    const source = raw.replace(/(^|\s)#.*$/, '').trim()
    if (source === '') return
    const line = index + 1
    if (!source.startsWith('=>')) {
      statements.push(parseStatement(source, file, line))
      return
    }
    const before = statements.pop()
    if (before === undefined) throw new ScriptError(file, line, 'expected output without a command before it')
    statements.push({ ...before, expected: [...(before.expected ?? []), source.slice(2).trim()] })
  })
  return statements
}

function parseStatement(source: string, file: string, line: number): Statement {
  const arrow = / =>( |$)/.exec(source)
  const command = arrow === null ? source : source.slice(0, arrow.index)
  const expected = arrow === null ? undefined : source.slice(arrow.index + 3).trim()
  const words = command.trim().split(/\s+/)
  const [first, time] = words
  let when: Statement['when'] = { kind: 'now' }
  if (first === 'at' || first === 'after') {
    when = { kind: first, ms: durationOf(time, first, file, line) }
    words.splice(0, 2)
  }
  const withinMs = suffix(words, 'within', file, line)
  const forMs = suffix(words, 'for', file, line)
  if (words.length === 0) throw new ScriptError(file, line, `"${source}" has no command`)
  return {
    line,
    source,
    when,
    words,
    ...(forMs !== undefined && { forMs }),
    ...(withinMs !== undefined && { withinMs }),
    // `=>` alone begins a block.
    ...(expected !== undefined && { expected: expected === '' ? [] : [expected] }),
  }
}

/** Takes `KEYWORD DURATION` off the end. */
function suffix(words: string[], keyword: string, file: string, line: number): number | undefined {
  if (words.at(-2) !== keyword) return undefined
  const [, time] = words.splice(-2)
  return durationOf(time, keyword, file, line)
}

function durationOf(word: string | undefined, keyword: string, file: string, line: number): number {
  const ms = parseDuration(word)
  if (ms === undefined || ms < 0)
    throw new ScriptError(file, line, `"${keyword}" needs a duration such as 300ms, 5s or 2m, not "${word ?? ''}"`)
  return ms
}
