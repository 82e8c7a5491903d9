const fnvOffset = 0x811c9dc5
const fnvPrime = 0x01000193

const mixed = (hash: number, byte: number): number => Math.imul(hash ^ byte, fnvPrime)

/** Murmur's finish: FNV alone leaves keys that differ in their last letters close together. */
export function finished(hash: number): number {
  let bits = hash ^ (hash >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits ^= bits >>> 13
  bits = Math.imul(bits, 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/**
 * Calls `each` with every byte of the UTF-8 form; a lone surrogate counts as U+FFFD, as in `TextEncoder`.
 * The accumulator goes through the calls, so that nothing is allocated.
 */
function foldUtf8(key: string, start: number, each: (hash: number, byte: number) => number): number {
  let hash = start
  for (let index = 0; index < key.length; index++) {
    const unit = key.charCodeAt(index)
    if (unit < 0x80) {
      hash = each(hash, unit)
      continue
    }
    let point = unit
    if (unit >= 0xd800 && unit <= 0xdfff) {
      point = key.codePointAt(index)!
      if (point > 0xffff) index++
      else point = 0xfffd
    }
    if (point < 0x800) hash = each(hash, 0xc0 | (point >> 6))
    else {
      if (point < 0x10000) hash = each(hash, 0xe0 | (point >> 12))
      else {
        hash = each(hash, 0xf0 | (point >> 18))
        hash = each(hash, 0x80 | ((point >> 12) & 0x3f))
      }
      hash = each(hash, 0x80 | ((point >> 6) & 0x3f))
    }
    hash = each(hash, 0x80 | (point & 0x3f))
  }
  return hash
}

/**
 * Ring's hash of a key: FNV-1a over its bytes (a text's UTF-8 form), finished with murmur's fmix32.
 *
 * @returns an unsigned 32-bit number
 */
export function keyHash(key: Uint8Array | string): number {
  return typeof key === 'string' ? finished(foldUtf8(key, fnvOffset, mixed)) : keyHashOfRange(key, 0, key.length)
}

/** {@link keyHash} of the bytes `[start, end)`, for keys that stand inside a frame. */
export function keyHashOfRange(bytes: Uint8Array, start: number, end: number): number {
  let hash = fnvOffset
  for (let at = start; at < end; at++) hash = mixed(hash, bytes[at]!)
  return finished(hash)
}

/** An unsigned number of 64 bits, in two halves. */
export interface Hash64 {
  readonly high: number
  readonly low: number
}

/** The low word of FNV's 64-bit prime; the high one is 2^8. */
const primeLow = 0x1b3
const wordSize = 0x1_0000_0000

class Fnv64 {
  high = 0xcbf29ce4
  low = 0x84222325

  add(byte: number): void {
    // CHMPX takes bytes as signed chars: from 0x80 on, all higher bits of the 64 are set before the exclusive or.
    const sign = byte >= 0x80 ? 0xffffffff : 0
    const low = (this.low ^ byte ^ (sign & 0xffffff00)) >>> 0
    const high = this.high ^ sign
    const product = low * primeLow // Less than 2^41, so exact.
    this.low = product >>> 0
    this.high = (Math.imul(high, primeLow) + Math.floor(product / wordSize) + (low << 8)) >>> 0
  }
}

/** The hash of CHMPX's key functions: FNV-1a of 64 bits with signed bytes. A text counts as its UTF-8 form. */
export function chmpxHash(key: Uint8Array | string): Hash64 {
  const hash = new Fnv64()
  if (typeof key === 'string') {
    foldUtf8(key, 0, (unused, byte) => {
      hash.add(byte)
      return unused
    })
  } else for (let index = 0; index < key.length; index++) hash.add(key[index]!)
  return hash
}

/** The greatest divisor that {@link modulo64} computes exactly. */
export const largestDivisor = 2 ** 26

/** `(high * 2^32 + low) mod divisor`, for a divisor of 1 to {@link largestDivisor}. */
export function modulo64(high: number, low: number, divisor: number): number {
  return ((high % divisor) * (wordSize % divisor) + low) % divisor
}
