import { ArgumentError } from './error.ts'

/** What an argument has to be. */
export interface ArgumentRule {
  fits(value: unknown): boolean
  /** For the message: "port is '80', and has to be" … */
  readonly wanted: string
  /** Its value is not to be shown. */
  readonly isSecret?: boolean
}

export const aText: ArgumentRule = { fits: (value) => typeof value === 'string', wanted: 'a text' }
export const aFlag: ArgumentRule = { fits: (value) => typeof value === 'boolean', wanted: 'true or false' }
export const aFunction: ArgumentRule = { fits: (value) => typeof value === 'function', wanted: 'a function' }
export const anObject: ArgumentRule = {
  fits: (value) => typeof value === 'object' && value !== null,
  wanted: 'an object',
}
export const milliseconds: ArgumentRule = {
  fits: (value) => Number.isFinite(value) && (value as number) >= 0,
  wanted: 'a number of milliseconds, 0 or more',
}
export const aCount: ArgumentRule = {
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  wanted: 'a whole number, 0 or more',
}
export const aPort: ArgumentRule = {
  fits: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535,
  wanted: 'a whole number from 0 to 65535',
}

export function oneOf(...texts: readonly string[]): ArgumentRule {
  return { fits: (value) => texts.includes(value as string), wanted: texts.map((text) => `"${text}"`).join(' or ') }
}

export function listOf(rule: ArgumentRule): ArgumentRule {
  return {
    fits: (value) => Array.isArray(value) && value.every((one) => rule.fits(one)),
    wanted: `a list, each of it ${rule.wanted}`,
    isSecret: rule.isSecret === true,
  }
}

export function optional(rule: ArgumentRule): ArgumentRule {
  return { ...rule, fits: (value) => value === undefined || rule.fits(value) }
}

/**
 * Checks the options of a call before anything of it is begun: a program in plain JavaScript has no types that would.
 *
 * @param call for the message, as `join()`
 * @throws ArgumentError
 */
export function checkArguments(call: string, options: unknown, rules: Readonly<Record<string, ArgumentRule>>): void {
  checkArgument(call, 'the argument', options, anObject)
  for (const [name, rule] of Object.entries(rules)) {
    checkArgument(call, name, (options as Readonly<Record<string, unknown>>)[name], rule)
  }
}

/** @throws ArgumentError */
export function checkArgument(call: string, name: string, value: unknown, rule: ArgumentRule): void {
  if (rule.fits(value)) return
  const given = rule.isSecret === true ? typeof value : shown(value)
  throw new ArgumentError(`${call}: ${name} is ${given}, and has to be ${rule.wanted}.`)
}

const textShown = 40

/** Never throws, even where an object does when it is looked at. */
function kindOf(value: object): string {
  try {
    return Object.prototype.toString.call(value).slice(8, -1)
  } catch {
    return 'of no kind that it tells'
  }
}

/** A value in a message: of what type it is, and what, where that is short. */
export function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > textShown ? `${value.slice(0, textShown)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  return `an object (${kindOf(value)})`
}
