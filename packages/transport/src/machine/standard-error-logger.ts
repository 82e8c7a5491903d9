import type { Logger } from '@ring/platform'

/**
 * Warnings and errors on standard error, a line each, for people: what a library says that was given no logger. `silent`
 * is for those who want nothing.
 */
export const standardErrorLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: (fields, message) => write(`ring: ${message}${detailsOf(fields)}`),
  error: (fields, message) => write(`ring: error: ${message}${detailsOf(fields)}`),
}

const lineCharsMax = 2000

/** A standard error that nobody reads any more is no reason to fail: `console` lets that pass. */
function write(line: string): void {
  const oneLine = line.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
  // eslint-disable-next-line no-console -- it is the place
  console.error(oneLine.length <= lineCharsMax ? oneLine : `${oneLine.slice(0, lineCharsMax)}...`)
}

function detailsOf(fields: object): string {
  const details = Object.entries(fields).map(([name, value]) =>
    name === 'event' && typeof value === 'string' ? value : `${name} ${textOf(value)}`,
  )
  return details.length === 0 ? '' : ` (${details.join(', ')})`
}

function textOf(value: unknown): string {
  if (value instanceof Error) return errorText(value)
  if (typeof value === 'string') return value
  try {
    const text: unknown = JSON.stringify(value)
    return typeof text === 'string' ? text : String(value)
  } catch {
    return String(value)
  }
}

/** What it says and where it comes from. */
function errorText(error: Error): string {
  const [place] = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  return place === undefined ? String(error) : `${String(error)} ${place.trim()}`
}

function nothing(): void {
  // Only what somebody ought to look at is said unasked.
}
