import type { StoredKey } from '../core/moving/selection.ts'

const loneSurrogate = /\p{Surrogate}/u
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A text for a key, the same for a text and its bytes, since the ring takes them for one key; and no other's. */
export function keyText(key: StoredKey): string {
  // A lone surrogate counts as U+FFFD, as it does where the key is hashed.
  if (typeof key === 'string') return `t${loneSurrogate.test(key) ? decoder.decode(encoder.encode(key)) : key}`
  if (typeof key === 'number') return `n${key}`
  try {
    return `t${decoder.decode(key)}`
  } catch {
    return `b${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`
  }
}
