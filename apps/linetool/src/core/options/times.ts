const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const dayMs = 86_400_000

/** Milliseconds of `500ms`, `5s`, `2m`, `1h`; undefined for anything else, and beyond a day. */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text.trim())
  if (found === null) return undefined
  const ms = Math.round(Number(found[1]) * unitMs[found[2]!]!)
  return ms >= 1 && ms <= dayMs ? ms : undefined
}

/** Milliseconds of a number of seconds, as CHMPX's tool takes them; also of a time with its unit. */
export function parseSeconds(text: string): number | undefined {
  if (!/^\d{1,6}(?:\.\d{1,3})?$/.test(text)) return parseDuration(text)
  const ms = Math.round(Number(text) * 1_000)
  return ms <= dayMs ? ms : undefined
}
