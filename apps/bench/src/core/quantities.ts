const millisecondsOf: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const bytesOf: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1_024, k: 1_024, mib: 1_048_576, m: 1_048_576 }

/** `500ms`, `5s`, `2m`: milliseconds. Undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  return scaled(/^(\d+(?:\.\d+)?)(ms|s|m|h)$/i.exec(text), millisecondsOf)
}

/** `128`, `64KiB`, `1MiB`: bytes. Undefined when it is none. */
export function parseSize(text: string): number | undefined {
  return scaled(/^(\d+)(|b|k|kib|m|mib)$/i.exec(text), bytesOf)
}

export function parseCount(text: string): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : undefined
  return Number.isSafeInteger(value) ? value : undefined
}

function scaled(match: RegExpExecArray | null, units: Readonly<Record<string, number>>): number | undefined {
  if (match === null) return undefined
  const value = Number(match[1]) * units[match[2]!.toLowerCase()]!
  return Number.isSafeInteger(Math.round(value)) ? value : undefined
}
