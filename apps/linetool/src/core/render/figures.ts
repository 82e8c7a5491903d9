const steps = [
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
] as const

/** In three figures or so: 950, 1.2k, 34k, 5.6M. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const [unit, size] = steps.find(([, one]) => Math.abs(value) >= one) ?? ['', 1]
  const figure = value / size
  const digits = Math.abs(figure) < 10 && (unit !== '' || !Number.isInteger(figure)) ? 1 : 0
  return `${figure.toFixed(digits)}${unit}`
}

/** A share from 0 to 1 as a bar of so many letters. */
export function bar(share: number, letters: number, ascii: boolean): string {
  const within = Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share))
  const full = Math.floor(within * letters)
  const [done, left] = ascii ? ['#', '.'] : ['\u2588', '\u2591']
  return `${done.repeat(full)}${left.repeat(letters - full)}`
}
