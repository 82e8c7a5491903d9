import { traceBytes } from './frame-header.ts'

/** `00-`, 16 bytes of trace, `-`, 8 bytes of span, `-`, 1 byte of flags, each byte as two digits. */
const textLength = 55
const dash = 0x2d
const zero = 0x30
const parts = [
  { textAt: 3, bytesAt: 0, size: 16 },
  { textAt: 36, bytesAt: 16, size: 8 },
  { textAt: 53, bytesAt: 24, size: 1 },
] as const

/** What a lower-case hexadecimal digit is worth, by its character code; -1 for all others. */
const worth = new Int8Array(128).fill(-1)
const digits = '0123456789abcdef'
for (let value = 0; value < digits.length; value++) worth[digits.charCodeAt(value)] = value
const digitsOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A W3C `traceparent` as the bytes of the header extension; `undefined` when it is none, as the standard asks. */
export function encodeTrace(traceparent: string): Uint8Array | undefined {
  if (!hasForm(traceparent)) return undefined
  const bytes = new Uint8Array(traceBytes)
  for (const { textAt, bytesAt, size } of parts) {
    for (let place = 0; place < size; place++) {
      const high = worthAt(traceparent, textAt + 2 * place)
      const low = worthAt(traceparent, textAt + 2 * place + 1)
      if (high < 0 || low < 0) return undefined
      bytes[bytesAt + place] = (high << 4) | low
    }
  }
  return bytes
}

/** The `traceparent` of the extension at `at`. */
export function decodeTrace(bytes: Uint8Array, at: number): string {
  const [trace, span, flags] = parts.map(({ bytesAt, size }) => hexOf(bytes, at + bytesAt, size))
  return `00-${trace}-${span}-${flags}`
}

function hasForm(text: string): boolean {
  return (
    text.length === textLength &&
    text.charCodeAt(0) === zero &&
    text.charCodeAt(1) === zero &&
    text.charCodeAt(2) === dash &&
    text.charCodeAt(35) === dash &&
    text.charCodeAt(52) === dash
  )
}

function worthAt(text: string, at: number): number {
  return worth[text.charCodeAt(at)] ?? -1
}

function hexOf(bytes: Uint8Array, from: number, size: number): string {
  let text = ''
  for (let at = from; at < from + size; at++) text += digitsOf[bytes[at]!]!
  return text
}
