/** Where in the source something stands. `line` and `column` count from 1; a file as a whole has neither. */
export interface Location {
  readonly line?: number
  readonly column?: number
}

/** `error`: the configuration cannot be used. `warning`: it is used, but probably not as its author meant. */
export type Severity = 'error' | 'warning'

/** One thing that is wrong with a configuration. */
export interface Issue extends Location {
  /** The file as it was named by the caller, or `JSON string`. */
  readonly file: string
  readonly section?: string
  readonly key?: string
  /** The offending value; secrets are already replaced by `***`. */
  readonly value?: string
  /** What must hold: "must be a port, 1 to 65535". */
  readonly rule: string
  readonly severity: Severity
}

export const mask = '***'

const shownCharacters = 60

/** Values come from outside: long ones are cut, and control characters must not reach a terminal. */
function shown(value: string): string {
  return printable(value.length > shownCharacters ? `${value.slice(0, shownCharacters)}...` : value)
}

function printable(value: string): string {
  return value.replace(/[^\P{C}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** One line for people: `ring.ini:12: [SVRNODE] PORT = 70000: must be a port, 1 to 65535`. */
export function formatIssue(issue: Issue): string {
  const column = issue.column === undefined ? '' : `:${issue.column}`
  const file = printable(issue.file)
  const place = issue.line === undefined ? file : `${file}:${issue.line}${column}`
  const subject: string[] = []
  if (issue.section !== undefined) subject.push(`[${shown(issue.section)}]`)
  if (issue.key !== undefined) subject.push(shown(issue.key))
  if (issue.value !== undefined) subject.push('=', shown(issue.value))
  return [place, ...(subject.length > 0 ? [subject.join(' ')] : []), issue.rule].join(': ')
}

const lineOf = (issue: Issue): number => issue.line ?? Number.MAX_SAFE_INTEGER
const columnOf = (issue: Issue): number => issue.column ?? 0

/** File by file, in the order of `files`, and in each in its own order; what has no line comes last. */
export function inFileOrder(issues: readonly Issue[], files: readonly string[]): readonly Issue[] {
  const rank = new Map(files.map((file, index) => [file, index]))
  const rankOf = ({ file }: Issue) => rank.get(file) ?? files.length
  return [...issues].sort(
    (one, other) => rankOf(one) - rankOf(other) || lineOf(one) - lineOf(other) || columnOf(one) - columnOf(other),
  )
}
