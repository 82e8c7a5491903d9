import { broken, type Converted, type Field, type FieldOptions, type FieldValue, given, scalar } from './field.ts'

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
  if (parts === null || factor === undefined) return broken(rule)
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
  const accepts = `time such as 1500ms, 2s or 5m${bounded(options, 'ms')}`
  const convert = (value: string) => measured(value, timeUnits, options, `must be a ${accepts}`)
  return scalar<number, Options>('duration (ms)', options, convert, { accepts, show: (value) => `${value}ms` })
}

/** A size: `64KiB`, `1MiB`, `10MB`, or a plain number of bytes. The result is in bytes. */
export function sizeBytes<Options extends MeasureOptions>(options: Options): Field<FieldValue<number, Options>> {
  const accepts = `size such as 64KiB or 1MiB${bounded(options, 'bytes')}`
  const convert = (value: string) => measured(value, sizeUnits, options, `must be a ${accepts}`)
  return scalar<number, Options>('size (bytes)', options, convert, { accepts, show: (value) => `${value}B` })
}
