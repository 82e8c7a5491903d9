/** The JSON forms of this version. What is added later leaves the number as it is; what changes or goes raises it. */
export const jsonForm = 1

/** One line of JSON. Numbers that JSON readers would round (times, durations) are texts of decimal digits. */
export function jsonText(fields: object): string {
  const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  return `${JSON.stringify({ form: jsonForm, ...fields }, plain)}\n`
}
