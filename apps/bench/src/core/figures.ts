/** Figures for people: `1 234 567`, `12.3 ms`. */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ')
}

/** Microseconds with a unit that suits them. */
export function micros(value: number): string {
  if (value >= 1_000_000) return `${(value / 1_000_000).toFixed(2)} s`
  if (value >= 10_000) return `${(value / 1_000).toFixed(1)} ms`
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} us`
}

export function seconds(value: number): string {
  return `${value.toFixed(value < 100 ? 2 : 0)} s`
}

/** Lines of a name and what is said of it, the second column aligned. */
export function table(rows: readonly (readonly [name: string, text: string])[], width = 22): string {
  return rows.map(([name, text]) => `${name.padEnd(width)} ${text}\n`).join('')
}
