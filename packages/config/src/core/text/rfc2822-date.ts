import { absent, broken, type Field, type FieldOptions, type FieldValue, fieldOf, given } from '../sections/field.ts'

/** A moment, and the zone that it was written in. */
export interface ZonedDate {
  /** Milliseconds since 1970, UTC. */
  readonly epochMs: number
  /** What the zone is ahead of UTC, in minutes. */
  readonly zoneMinutes: number
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Names of zones that a mail may have, and Japan's, where CHMPX is at home; in minutes. */
const zones: ReadonlyMap<string, number> = new Map([
  ...['GMT', 'UT', 'UTC', 'Z'].map((name) => [name, 0] as const),
  ...(['EST', 'CST', 'MST', 'PST'] as const).map((name, index) => [name, -300 - 60 * index] as const),
  ...(['EDT', 'CDT', 'MDT', 'PDT'] as const).map((name, index) => [name, -240 - 60 * index] as const),
  ['JST', 540],
])

// With its zone, always: without one the same file would mean another moment on another machine.
const form =
  /^(?:[a-z]{3,9}\.?,?\s+)?(\d{1,2})\s+([a-z]{3,9})\.?\s+(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+(?:([+-])(\d{1,2}):?(\d{2})|([a-z]{1,4}))$/i

function zoneOf(sign: string | undefined, hours: string, minutes: string, name: string | undefined) {
  if (name !== undefined) return zones.get(name.toUpperCase())
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}

function dateOf(text: string): ZonedDate | undefined {
  const parts = form.exec(text)
  if (parts === null) return undefined
  const [, day, monthName, year, hour, minute, second = '0', sign, zoneHours = '0', zoneMinutes = '0', name] = parts
  const month = months.indexOf(monthName!.slice(0, 3).toLowerCase())
  const zone = zoneOf(sign, zoneHours, zoneMinutes, name)
  const [date, hours, minutes, seconds] = [Number(day), Number(hour), Number(minute), Number(second)]
  const there = Date.UTC(Number(year), month, date, hours, minutes, seconds)
  const isReal = new Date(there).getUTCDate() === date && hours < 24 && minutes < 60 && seconds < 61
  return month < 0 || zone === undefined || !isReal ? undefined : { epochMs: there - zone * 60_000, zoneMinutes: zone }
}

/** What stands in where DATE cannot be read. */
const unknown: ZonedDate = { epochMs: 0, zoneMinutes: 0 }

/** As in a mail header, in the zone that it was written in. */
export function formatDate({ epochMs, zoneMinutes }: ZonedDate): string {
  const there = new Date(epochMs + zoneMinutes * 60_000).toUTCString().replace(' GMT', '')
  const minutes = Math.abs(zoneMinutes)
  const digits = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join('')
  return `${there} ${zoneMinutes < 0 ? '-' : '+'}${digits}`
}

/**
 * A date as in a mail header, `Sat, 21 Nov 2026 10:00:00 +0900`, and near it what else people write. It only informs: one
 * that cannot be read is none, with a warning.
 */
export function rfc2822Date<Options extends FieldOptions<ZonedDate>>(
  options: Options,
): Field<FieldValue<ZonedDate, Options>> {
  const accepts = 'date such as Sat, 21 Nov 2026 10:00:00 +0900'
  const convert = (raw: string | readonly string[]) => {
    if (typeof raw !== 'string') return broken('must be one value, not a list')
    if (raw.trim() === '') return absent
    const date = dateOf(raw.trim())
    return date === undefined ? given(unknown, `is not read: it should be a ${accepts}`) : given(date)
  }
  return fieldOf<ZonedDate, Options>('date', options, convert, { accepts, show: formatDate })
}
