import { absent, broken, type Field, type FieldOptions, type FieldValue, fieldOf, given } from './field.ts'

/** A moment, and the zone that it was written in. */
export interface ZonedDate {
  /** Milliseconds since 1970, UTC. */
  readonly epochMs: number
  /** What the zone is ahead of UTC, in minutes. */
  readonly zoneMinutes: number
}

// With its zone, always: without one the same file would mean another moment on another machine.
const form =
  /^(?:[a-z]{3},\s*)?\d{1,2}\s+[a-z]{3}\s+\d{4}\s+\d{2}:\d{2}(?::\d{2})?\s+(?:([+-])(\d{2})(\d{2})|GMT|UTC?|Z)$/i

function dateOf(text: string): ZonedDate | undefined {
  const parts = form.exec(text)
  const epochMs = parts === null ? Number.NaN : Date.parse(text)
  if (Number.isNaN(epochMs)) return undefined
  const minutes = Number(parts?.[2] ?? 0) * 60 + Number(parts?.[3] ?? 0)
  return { epochMs, zoneMinutes: parts?.[1] === '-' ? -minutes : minutes }
}

/** As in a mail header, in the zone that it was written in. */
export function formatDate({ epochMs, zoneMinutes }: ZonedDate): string {
  const there = new Date(epochMs + zoneMinutes * 60_000).toUTCString().replace(' GMT', '')
  const minutes = Math.abs(zoneMinutes)
  const digits = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join('')
  return `${there} ${zoneMinutes < 0 ? '-' : '+'}${digits}`
}

/** A date as in a mail header, `Sat, 21 Nov 2026 10:00:00 +0900`. */
export function rfc2822Date<Options extends FieldOptions<ZonedDate>>(
  options: Options,
): Field<FieldValue<ZonedDate, Options>> {
  const accepts = 'date such as Sat, 21 Nov 2026 10:00:00 +0900'
  const convert = (raw: string | readonly string[]) => {
    if (typeof raw !== 'string') return broken('must be one value, not a list')
    if (raw.trim() === '') return absent
    const date = dateOf(raw.trim())
    return date === undefined ? broken(`must be a ${accepts}`) : given(date)
  }
  return fieldOf<ZonedDate, Options>('date', options, convert, { accepts, show: formatDate })
}
