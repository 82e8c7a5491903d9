import { UsageError } from '../errors.ts'

/**
 * The line that is meant: `!!` is the last one of the history, `!n` the n-th, `!-n` the n-th from its end; what follows is
 * added. Other lines are themselves (`!` and a word is the command `shell`).
 *
 * @throws UsageError when there is no such line
 */
export function referred(line: string, history: readonly string[]): string {
  const found = /^\s*!(!|-?\d{1,9})(?=\s|$)(.*)$/s.exec(line)
  if (found === null) return line
  const [, which, rest] = found
  const place = which === '!' ? history.length : placeOf(Number(which), history.length)
  const earlier = history[place - 1]
  if (earlier === undefined) {
    const there = history.length === 0 ? 'the history is empty' : `it has lines 1 to ${history.length}`
    throw new UsageError(`The history has no line ${which === '!' ? '!!' : which!}: ${there}; history shows them.`)
  }
  return `${earlier}${rest!}`
}

const placeOf = (given: number, length: number): number => (given < 0 ? length + 1 + given : given)
