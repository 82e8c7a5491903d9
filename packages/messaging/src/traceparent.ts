/** A place in a trace (W3C Trace Context): identifiers in lower-case hexadecimal, and the flags. */
export interface TraceContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const isNothing = (id: string) => /^0+$/.test(id)

/** Undefined for anything that is no valid `traceparent` of version 00, as the standard asks. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const match = pattern.exec(text)
  if (match === null || isNothing(match[1]!) || isNothing(match[2]!)) return undefined
  return { traceId: match[1]!, spanId: match[2]!, traceFlags: Number.parseInt(match[3]!, 16) }
}

/** Undefined where there is no trace to continue. */
export function formatTraceparent({ traceId, spanId, traceFlags }: TraceContext): string | undefined {
  if (isNothing(traceId) || isNothing(spanId)) return undefined
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}
