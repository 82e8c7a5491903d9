import { maxKeyBytes } from '../../frames/frame-header.ts'
import { type Key, keyBytes } from './key-route.ts'

/** One key as bytes, in a place that is used again for the next: no array is made for a key that is short ASCII text. */
export class KeyScratch {
  readonly bytes = new Uint8Array(maxKeyBytes)
  length = 0

  /** Loads a key; false when it is longer than a key may be. */
  load(key: Key): boolean {
    if (typeof key === 'string' && this.loadAscii(key)) return true
    const bytes = keyBytes(key)
    if (bytes.length > maxKeyBytes) return false
    this.bytes.set(bytes)
    this.length = bytes.length
    return true
  }

  private loadAscii(key: string): boolean {
    const { length } = key
    if (length > 64) return false
    for (let at = 0; at < length; at++) {
      const code = key.charCodeAt(at)
      if (code > 127) return false
      this.bytes[at] = code
    }
    this.length = length
    return true
  }
}
