import { absent, broken, type Field, type FieldOptions, type FieldValue, fieldOf, given } from './field.ts'

// With its zone, always: without one the same file would mean another moment on another machine.
const form = /^(?:[a-z]{3},\s*)?\d{1,2}\s+[a-z]{3}\s+\d{4}\s+\d{2}:\d{2}(?::\d{2})?\s+(?:[+-]\d{4}|GMT|UTC?|Z)$/i

/** A date as in a mail header, `Sat, 21 Nov 2026 10:00:00 +0900`; the result is in milliseconds since 1970. */
export function rfc2822Date<Options extends FieldOptions<number>>(
  options: Options,
): Field<FieldValue<number, Options>> {
  const accepts = 'date such as Sat, 21 Nov 2026 10:00:00 +0900'
  const convert = (raw: string | readonly string[]) => {
    if (typeof raw === 'string' && raw.trim() === '') return absent
    const moment = typeof raw === 'string' && form.test(raw.trim()) ? Date.parse(raw.trim()) : Number.NaN
    return Number.isNaN(moment) ? broken(`must be a ${accepts}`) : given(moment)
  }
  const show = (moment: number) => new Date(moment).toUTCString()
  return fieldOf<number, Options>('date (ms since 1970)', options, convert, { accepts, show })
}
