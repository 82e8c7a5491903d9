import { traceBytes } from './frame-header.ts'

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** A W3C `traceparent` as the bytes of the header extension; `undefined` when it is none, as the standard asks. */
export function encodeTrace(traceparent: string): Uint8Array | undefined {
  const match = pattern.exec(traceparent)
  if (match === null) return undefined
  const hex = `${match[1]!}${match[2]!}${match[3]!}`
  const bytes = new Uint8Array(traceBytes)
  for (let place = 0; place * 2 < hex.length; place++) {
    bytes[place] = Number.parseInt(hex.slice(place * 2, place * 2 + 2), 16)
  }
  return bytes
}

/** The `traceparent` of the extension at `at`. */
export function decodeTrace(bytes: Uint8Array, at: number): string {
  let hex = ''
  for (let place = at; place < at + 25; place++) hex += bytes[place]!.toString(16).padStart(2, '0')
  return `00-${hex.slice(0, 32)}-${hex.slice(32, 48)}-${hex.slice(48)}`
}
