import type { RawValue } from '../text/raw.ts'

/** What the conversion of one value may ask of the outside world. */
export interface ConversionContext {
  /** Makes a path absolute, seen from the configuration file. */
  readonly resolvePath: (path: string) => string
  /** Whether a configuration may have that many hosts more; without it only one value is bounded. */
  readonly takeHosts?: (count: number) => boolean
}

/** A value with its type, nothing at all (an empty value is the same as none), or the rule that it broke. */
export type Converted<T> =
  | {
      readonly kind: 'value'
      readonly value: T
      /** What its author may not expect of it: a warning. */
      readonly remark?: string
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly rule: string }

/** What stands in for a value that the file does not give. */
export type Presence<T> =
  | { readonly kind: 'required' }
  | { readonly kind: 'optional' }
  | { readonly kind: 'default'; readonly value: T }

/** One key of a section: what it may hold and what it becomes. Made by the builders, such as {@link integer}. */
export interface Field<T> {
  /** The kind's name for documentation: `port`, `duration (ms)`. */
  readonly kind: string
  /** The key in the file, where it is not the property's name in upper case. */
  readonly key: string | undefined
  readonly doc: string
  readonly secret: boolean
  /** The value is a path that the loader must find. */
  readonly mustExist: boolean
  /** What it may hold, for documentation: `0 to 32768 µs`. */
  readonly accepts: string
  /** A running process takes a change of it from a reload. */
  readonly live: boolean
  readonly presence: Presence<NonNullable<T>>
  readonly convert: (raw: NonNullable<RawValue>, context: ConversionContext) => Converted<NonNullable<T>>
  /** The value as people write it. */
  show(value: NonNullable<T>): string
}

/** Options of every builder. Without `default` and `optional` the key is required. */
export interface FieldOptions<T> {
  readonly default?: T
  readonly optional?: true
  /** The key in the file; by default the property's name in upper case. */
  readonly key?: string
  readonly doc?: string
  /** Its value is never shown in a message. */
  readonly secret?: boolean
  /** A running process takes a change of it from a reload; without it the change needs a restart. */
  readonly live?: boolean
}

/** The type of the property that a field becomes. */
export type FieldValue<T, Options> = Options extends { readonly optional: true } ? T | undefined : T

type Convert<T> = (text: string, context: ConversionContext) => Converted<T>

export const given = <T>(value: T, remark?: string): Converted<T> => ({
  kind: 'value',
  value,
  ...(remark !== undefined && { remark }),
})
export const broken = (rule: string): { readonly kind: 'broken'; readonly rule: string } => ({ kind: 'broken', rule })
export const absent: { readonly kind: 'absent' } = { kind: 'absent' }

function presenceOf<T>(options: FieldOptions<T>): Presence<NonNullable<T>> {
  if (options.default !== undefined && options.default !== null) return { kind: 'default', value: options.default }
  return options.optional ? { kind: 'optional' } : { kind: 'required' }
}

/** What sets one kind of field apart besides its conversion. */
interface Traits<T> {
  readonly accepts?: string
  readonly mustExist?: boolean
  readonly show?: (value: NonNullable<T>) => string
}

/** The base of all builders; `convert` sees every form of value, lists too. */
export function fieldOf<T, Options extends FieldOptions<T>>(
  kind: string,
  options: Options,
  convert: Field<T>['convert'],
  { accepts = kind, mustExist = false, show = String }: Traits<T> = {},
): Field<FieldValue<T, Options>> {
  const field: Field<T> = {
    kind,
    key: options.key,
    doc: options.doc ?? '',
    secret: options.secret ?? false,
    mustExist,
    accepts,
    live: options.live ?? false,
    presence: presenceOf<T>(options),
    convert,
    show,
  }
  // With `optional` the type of the property widens by undefined; the field itself is the same.
  return field
}

/** A field of one text, without the blanks around it unless it keeps them; a list where one value belongs is an error. */
export function scalar<T, Options extends FieldOptions<T>>(
  kind: string,
  options: Options,
  convert: Convert<T>,
  { keepsBlanks = false, ...traits }: Traits<T> & { readonly keepsBlanks?: boolean } = {},
): Field<FieldValue<T, Options>> {
  return fieldOf<T, Options>(
    kind,
    options,
    (raw, context) => {
      if (typeof raw !== 'string') return broken('must be one value, not a list')
      const text = raw.trim()
      return (text === '' ? absent : convert(keepsBlanks ? raw : text, context)) as Converted<NonNullable<T>>
    },
    traits,
  )
}

export interface TextOptions extends FieldOptions<string> {
  /** In characters; 4096 when not given. */
  readonly maxLength?: number
}

const textLimit = 4096

// INI has no way to write them, and they would break the lines of a status or a log.
export const hasControl = (value: string) => /\p{Cc}/u.test(value)
export const oneLine = 'must be one line, without control characters'

/** Any text of one line. */
export function text<Options extends TextOptions>(options: Options): Field<FieldValue<string, Options>> {
  const limit = options.maxLength ?? textLimit
  const convert = (written: string) => {
    // A block of YAML ends with a line break that nobody sees.
    const value = written.replace(/\r?\n$/, '')
    if (hasControl(value)) return broken(oneLine)
    return value.length > limit ? broken(`must be at most ${limit} characters`) : given(value)
  }
  const accepts = `text, at most ${limit} characters`
  return scalar<string, Options>('text', options, convert, { accepts, keepsBlanks: true })
}

export interface IntegerOptions extends FieldOptions<number> {
  readonly min?: number
  readonly max?: number
  /** A larger number becomes `max`, as in CHMPX, with a warning. */
  readonly cut?: boolean
  /** Said in messages and documentation: "ms". */
  readonly unit?: string
}

/** The number that decimal digits stand for; NaN for anything else, which CHMPX reads up to its first other character. */
const decimal = (value: string) => (/^[+-]?\d{1,16}$/.test(value) ? Number(value) + 0 : Number.NaN)

function wholeNumber(value: string, min: number, max: number, rule: string): Converted<number> {
  const number = decimal(value)
  return number >= min && number <= max ? given(number) : broken(rule)
}

/** A whole number in decimal digits. */
export function integer<Options extends IntegerOptions>(options: Options): Field<FieldValue<number, Options>> {
  const min = options.min ?? Number.MIN_SAFE_INTEGER
  const max = options.max ?? Number.MAX_SAFE_INTEGER
  const unit = options.unit === undefined ? '' : ` (${options.unit})`
  const lower = options.min === undefined ? '' : `, at least ${options.min}`
  const range = options.min !== undefined && options.max !== undefined ? `, ${options.min} to ${options.max}` : lower
  const accepted = `whole number${range}${unit}`
  const convert = (value: string) =>
    options.cut === true && decimal(value) > max
      ? given(max, `is more than ${max}; ${max} holds, as in CHMPX`)
      : wholeNumber(value, min, max, `must be a ${accepted}`)
  return scalar<number, Options>(`integer${unit}`, options, convert, { accepts: accepted })
}

/** A TCP or UDP port. */
export function port<Options extends FieldOptions<number>>(options: Options): Field<FieldValue<number, Options>> {
  const convert = (value: string) => wholeNumber(value, 1, 65535, 'must be a port, 1 to 65535')
  return scalar<number, Options>('port', options, convert, { accepts: 'port, 1 to 65535' })
}

const yes = new Set(['yes', 'on', 'true', '1'])
const no = new Set(['no', 'off', 'false', '0'])

/** `yes` or `on`, `no` or `off`, as in CHMPX; `true`, `1`, `false` and `0` too. Any case. */
export function yesNo<Options extends FieldOptions<boolean>>(options: Options): Field<FieldValue<boolean, Options>> {
  const accepts = 'yes (on, true, 1) or no (off, false, 0)'
  const convert = (value: string): Converted<boolean> => {
    const word = value.toLowerCase()
    if (yes.has(word)) return given(true)
    return no.has(word) ? given(false) : broken(`must be ${accepts}`)
  }
  return scalar<boolean, Options>('yes/no', options, convert, { accepts, show: (value) => (value ? 'yes' : 'no') })
}

export interface ChoiceOptions<Choice> extends FieldOptions<Choice> {
  /** Other spellings that are understood. */
  readonly aliases?: Readonly<Record<string, Choice>>
}

/** One of some words, in any case; the result has the case of `choices`. */
export function choice<const Choice extends string, Options extends ChoiceOptions<Choice>>(
  choices: readonly Choice[],
  options: Options,
): Field<FieldValue<Choice, Options>> {
  const spellings = [...choices.map((word) => [word, word] as const), ...Object.entries(options.aliases ?? {})]
  const words = new Map(spellings.map(([spelling, word]) => [spelling.toLowerCase(), word]))
  const convert = (value: string) => {
    const word = words.get(value.toLowerCase())
    return word === undefined ? broken(`must be one of ${choices.join(', ')}`) : given(word)
  }
  return scalar<Choice, Options>(choices.join(' | '), options, convert, { accepts: choices.join(', ') })
}

export interface PathOptions extends FieldOptions<string> {
  /** The loader reports an error when nothing is there. */
  readonly mustExist?: boolean
}

const pathLimit = 1023

/** A path, made absolute as seen from the configuration file. `NULL` means none, as in CHMPX. */
export function path<Options extends PathOptions>(options: Options): Field<FieldValue<string, Options>> {
  return scalar<string, Options>(
    'path',
    options,
    (value, context) => {
      if (value.toUpperCase() === 'NULL') return absent
      if (value.length > pathLimit) return broken(`must be at most ${pathLimit} characters`)
      return hasControl(value) ? broken(oneLine) : given(context.resolvePath(value))
    },
    { accepts: `path, at most ${pathLimit} characters`, mustExist: options.mustExist ?? false },
  )
}
