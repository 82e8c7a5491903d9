import type { RawValue } from './raw.ts'

/** What the conversion of one value may ask of the outside world. */
export interface ConversionContext {
  /** Makes a path absolute, seen from the configuration file. */
  readonly resolvePath: (path: string) => string
}

/** A value with its type, nothing at all (an empty value is the same as none), or the rule that it broke. */
export type Converted<T> =
  | { readonly kind: 'value'; readonly value: T }
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
  readonly presence: Presence<NonNullable<T>>
  readonly convert: (raw: NonNullable<RawValue>, context: ConversionContext) => Converted<NonNullable<T>>
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
}

/** The type of the property that a field becomes. */
export type FieldValue<T, Options> = Options extends { readonly optional: true } ? T | undefined : T

type Convert<T> = (text: string, context: ConversionContext) => Converted<T>

export const given = <T>(value: T): Converted<T> => ({ kind: 'value', value })
export const broken = (rule: string): { readonly kind: 'broken'; readonly rule: string } => ({ kind: 'broken', rule })
export const absent: { readonly kind: 'absent' } = { kind: 'absent' }

function presenceOf<T>(options: FieldOptions<T>): Presence<NonNullable<T>> {
  if (options.default !== undefined && options.default !== null) return { kind: 'default', value: options.default }
  return options.optional ? { kind: 'optional' } : { kind: 'required' }
}

/** The base of all builders; `convert` sees every form of value, lists too. */
export function fieldOf<T, Options extends FieldOptions<T>>(
  kind: string,
  options: Options,
  convert: Field<T>['convert'],
  mustExist = false,
): Field<FieldValue<T, Options>> {
  const field: Field<T> = {
    kind,
    key: options.key,
    doc: options.doc ?? '',
    secret: options.secret ?? false,
    mustExist,
    presence: presenceOf<T>(options),
    convert,
  }
  // With `optional` the type of the property widens by undefined; the field itself is the same.
  return field
}

/** A field of one text; a list where one value belongs is an error. */
function scalar<T, Options extends FieldOptions<T>>(
  kind: string,
  options: Options,
  convert: Convert<T>,
  mustExist = false,
): Field<FieldValue<T, Options>> {
  return fieldOf<T, Options>(
    kind,
    options,
    (raw, context) => {
      if (typeof raw !== 'string') return broken('must be one value, not a list')
      const text = raw.trim()
      return (text === '' ? absent : convert(text, context)) as Converted<NonNullable<T>>
    },
    mustExist,
  )
}

export interface TextOptions extends FieldOptions<string> {
  /** In characters; 4096 when not given. */
  readonly maxLength?: number
}

const textLimit = 4096

/** Any text. */
export function text<Options extends TextOptions>(options: Options): Field<FieldValue<string, Options>> {
  const limit = options.maxLength ?? textLimit
  return scalar<string, Options>('text', options, (value) =>
    value.length > limit ? broken(`must be at most ${limit} characters`) : given(value),
  )
}

export interface IntegerOptions extends FieldOptions<number> {
  readonly min?: number
  readonly max?: number
  /** Said in messages and documentation: "ms". */
  readonly unit?: string
}

// CHMPX reads a number up to its first other character; here that is an error, and the usual reason is named.
const commentHint = (value: string) => (value.includes('#') ? '; a comment needs a line of its own' : '')

function wholeNumber(value: string, min: number, max: number, rule: string): Converted<number> {
  const number = /^[+-]?\d{1,16}$/.test(value) ? Number(value) + 0 : Number.NaN
  return number >= min && number <= max ? given(number) : broken(rule + commentHint(value))
}

/** A whole number in decimal digits. */
export function integer<Options extends IntegerOptions>(options: Options): Field<FieldValue<number, Options>> {
  const min = options.min ?? Number.MIN_SAFE_INTEGER
  const max = options.max ?? Number.MAX_SAFE_INTEGER
  const unit = options.unit === undefined ? '' : ` (${options.unit})`
  const lower = options.min === undefined ? '' : `, at least ${options.min}`
  const range = options.min !== undefined && options.max !== undefined ? `, ${options.min} to ${options.max}` : lower
  const rule = `must be a whole number${range}${unit}`
  return scalar<number, Options>(`integer${unit}`, options, (value) => wholeNumber(value, min, max, rule))
}

/** A TCP or UDP port. */
export function port<Options extends FieldOptions<number>>(options: Options): Field<FieldValue<number, Options>> {
  return scalar<number, Options>('port', options, (value) => wholeNumber(value, 1, 65535, 'must be a port, 1 to 65535'))
}

const yes = new Set(['yes', 'on', 'true', '1'])
const no = new Set(['no', 'off', 'false', '0'])

/** `yes` or `on`, `no` or `off`, as in CHMPX; `true`, `1`, `false` and `0` too. Any case. */
export function yesNo<Options extends FieldOptions<boolean>>(options: Options): Field<FieldValue<boolean, Options>> {
  return scalar<boolean, Options>('yes/no', options, (value) => {
    const word = value.toLowerCase()
    if (yes.has(word)) return given(true)
    return no.has(word) ? given(false) : broken('must be yes (on, true, 1) or no (off, false, 0)')
  })
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
  return scalar<Choice, Options>(choices.join(' | '), options, (value) => {
    const word = words.get(value.toLowerCase())
    return word === undefined ? broken(`must be one of ${choices.join(', ')}`) : given(word)
  })
}

type Units = ReadonlyMap<string, number>

const timeUnits: Units = new Map([
  ['', 1],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])
const sizeUnits: Units = new Map([
  ['', 1],
  ['b', 1],
  ['kib', 1024],
  ['mib', 1024 ** 2],
  ['gib', 1024 ** 3],
  ['kb', 1000],
  ['mb', 1000 ** 2],
  ['gb', 1000 ** 3],
])

function measured(value: string, units: Units, bounds: MeasureOptions, rule: string): Converted<number> {
  const parts = /^(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(value)
  const factor = units.get(parts?.[2]?.toLowerCase() ?? '')
  if (parts === null || factor === undefined) return broken(rule + commentHint(value))
  const amount = Math.round(Number(parts[1]) * factor)
  const inside = amount >= (bounds.min ?? 0) && amount <= (bounds.max ?? Number.MAX_SAFE_INTEGER)
  return inside ? given(amount) : broken(rule)
}

export interface MeasureOptions extends FieldOptions<number> {
  /** In the unit of the result. */
  readonly min?: number
  readonly max?: number
}

function bounded({ min, max }: MeasureOptions, unit: string): string {
  if (min === undefined && max === undefined) return ''
  if (max === undefined) return `, at least ${min ?? 0} ${unit}`
  return `, ${min ?? 0} to ${max} ${unit}`
}

/** A time: `1500ms`, `2s`, `5m`, `1h`, `1d`, or a plain number of milliseconds. The result is in milliseconds. */
export function durationMs<Options extends MeasureOptions>(options: Options): Field<FieldValue<number, Options>> {
  const rule = `must be a time such as 1500ms, 2s or 5m${bounded(options, 'ms')}`
  return scalar<number, Options>('duration (ms)', options, (value) => measured(value, timeUnits, options, rule))
}

/** A size: `64KiB`, `1MiB`, `10MB`, or a plain number of bytes. The result is in bytes. */
export function sizeBytes<Options extends MeasureOptions>(options: Options): Field<FieldValue<number, Options>> {
  const rule = `must be a size such as 64KiB or 1MiB${bounded(options, 'bytes')}`
  return scalar<number, Options>('size (bytes)', options, (value) => measured(value, sizeUnits, options, rule))
}

export interface ListOptions extends FieldOptions<readonly string[]> {
  /** The most items; 1024 when not given. */
  readonly maxItems?: number
}

const itemLimit = 1024
const withoutQuotes = (item: string) => /^(["'])(.*)\1$/s.exec(item)?.[2] ?? item

/** The items of a comma-separated text, or of an array. Empty items are left out. */
export function itemsOf(raw: NonNullable<RawValue>): readonly string[] {
  const items = typeof raw === 'string' ? raw.split(',').map((item) => withoutQuotes(item.trim())) : raw
  return items.map((item) => item.trim()).filter((item) => item !== '')
}

/** Several texts: separated by commas, or an array in YAML and JSON. */
export function list<Options extends ListOptions>(options: Options): Field<FieldValue<readonly string[], Options>> {
  const limit = options.maxItems ?? itemLimit
  return fieldOf<readonly string[], Options>('list', options, (raw) => {
    const items = itemsOf(raw)
    if (items.length === 0) return absent
    return items.length > limit ? broken(`must have at most ${limit} items`) : given(items)
  })
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
      return value.includes('\0') ? broken('must not contain a NUL character') : given(context.resolvePath(value))
    },
    options.mustExist,
  )
}
