/**
 * When a node's state last changed, as CHMPX keeps it: Unix seconds in the upper 40 bits, microseconds in the lower 24. Later
 * is greater.
 */
export type UpdateTime = bigint

const microsecondBits = 24n
const microsecondMask = (1n << microsecondBits) - 1n

/** @param wallMs milliseconds since the Unix epoch; what lies before it counts as the epoch */
export function updateTimeOf(wallMs: number): UpdateTime {
  const microseconds = BigInt(Math.max(0, Math.round(wallMs * 1000)))
  return ((microseconds / 1_000_000n) << microsecondBits) | (microseconds % 1_000_000n)
}

/** Milliseconds since the Unix epoch; parts of one are kept. */
export function updateTimeMs(time: UpdateTime): number {
  return Number(time >> microsecondBits) * 1000 + Number(time & microsecondMask) / 1000
}

/** As `2026-11-21 19h 40m 33s 947ms 516us(30119968667235644)`, in UTC. */
export function updateTimeText(time: UpdateTime): string {
  const date = new Date(Number(time >> microsecondBits) * 1000)
  // Beyond what a date can hold there is still the raw value.
  if (Number.isNaN(date.getTime())) return `(${time})`
  const [day, clock = ''] = date.toISOString().split('T')
  const [hours, minutes, seconds] = clock.slice(0, 8).split(':')
  const microseconds = Number(time & microsecondMask)
  const parts = `${Math.floor(microseconds / 1000)}ms ${microseconds % 1000}us`
  return `${day} ${hours}h ${minutes}m ${seconds}s ${parts}(${time})`
}

/** The raw value of a text as {@link updateTimeText} writes it, or on its own. */
export function updateTimeOfText(text: string): UpdateTime | undefined {
  const digits = /^(?:.*\()?(\d{1,20})\)?\s*$/.exec(text)?.[1]
  return digits === undefined ? undefined : BigInt(digits)
}
