/** What a message carries: any bytes as they lie in memory, or a text, which travels as UTF-8. */
export type Body = string | ArrayBufferView | ArrayBufferLike

const encoder = new TextEncoder()
/** Throws for whatever is not an ArrayBuffer, and for those of another realm does not. */
const byteLengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')?.get

/** The bytes of a body, in place where they are bytes; `undefined` when it is none. */
export function bodyBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return encoder.encode(value)
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return isBuffer(value) ? new Uint8Array(value) : undefined
}

function isBuffer(value: unknown): value is ArrayBufferLike {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof SharedArrayBuffer) return true
  try {
    byteLengthOf?.call(value)
    return true
  } catch {
    return false
  }
}
