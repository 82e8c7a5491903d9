/** Lists and maps within each other: 64 of a value that is agreed on, and what records and messages put around it. */
export const packedLevelsMax = 72

/**
 * Whether bytes may be given to a decoder of MessagePack: one value, at most {@link packedLevelsMax} lists and maps deep, that
 * announces nothing which is not there. Decoders are recursive, and make room for what is announced. Of extensions only the
 * one for `undefined` passes, since an extension may have the decoder read on from within. Costs a step for each item, and
 * nothing for the length of texts.
 */
export function isPackedWell(bytes: Uint8Array): boolean {
  const walk = new Walk(bytes)
  return walk.value()
}

const undefinedType = 0

/** One walk at a time: this is asked of every control message, and room for it would be made anew each time. */
const lacksOfWalk = new Float64Array(packedLevelsMax)

class Walk {
  readonly #bytes: Uint8Array
  /** How many items each open list or map still lacks. */
  readonly #lacks = lacksOfWalk
  #depth = 0
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Takes one value, item by item. */
  value(): boolean {
    do {
      const head = this.#bytes[this.#at++]
      const items = head === undefined ? -1 : this.#itemsOf(head)
      if (items < 0 || this.#at + items > this.#bytes.length) return false
      if (items > 0) this.#lacks[this.#depth++] = items
      else this.#close()
    } while (this.#depth > 0)
    return true
  }

  /** An item is complete, and with it whatever it was the last of. */
  #close(): void {
    while (this.#depth > 0) {
      this.#lacks[this.#depth - 1]! -= 1
      if (this.#lacks[this.#depth - 1]! > 0) return
      this.#depth--
    }
  }

  /** How many items a list or map has; 0 behind anything else, which is passed over; -1 for what must not be. */
  #itemsOf(head: number): number {
    if (head <= 0x7f || head >= 0xe0) return 0
    if (head <= 0x8f) return this.#opened((head & 0x0f) * 2)
    if (head <= 0x9f) return this.#opened(head & 0x0f)
    if (head <= 0xbf) return this.#passed(head & 0x1f)
    return this.#longForm(head)
  }

  #longForm(head: number): number {
    if (head >= 0xca && head <= 0xd3) return this.#passed(fixedBytes[head - 0xca]!)
    switch (head) {
      case 0xc0: // nil, no, yes
      case 0xc2:
      case 0xc3:
        return 0
      case 0xc4: // bytes and texts
      case 0xd9:
        return this.#passed(this.#length(1))
      case 0xc5:
      case 0xda:
        return this.#passed(this.#length(2))
      case 0xc6:
      case 0xdb:
        return this.#passed(this.#length(4))
      case 0xd4: // an extension of one byte
        return this.#length(1) === undefinedType ? this.#passed(1) : -1
      case 0xdc: // lists and maps
        return this.#opened(this.#length(2))
      case 0xdd:
        return this.#opened(this.#length(4))
      case 0xde:
        return this.#opened(2 * this.#length(2))
      case 0xdf:
        return this.#opened(2 * this.#length(4))
      default:
        return -1
    }
  }

  #opened(items: number): number {
    return this.#depth === packedLevelsMax ? -1 : items
  }

  #passed(bytes: number): number {
    this.#at += bytes
    return 0
  }

  /** A length field; beyond any bytes where it is cut off. */
  #length(width: 1 | 2 | 4): number {
    const at = this.#at
    this.#at += width
    if (this.#at > this.#bytes.length) return Number.MAX_SAFE_INTEGER / 4
    let length = 0
    for (let byte = at; byte < this.#at; byte++) length = length * 256 + this.#bytes[byte]!
    return length
  }
}

/** Floats of 4 and 8 bytes, then whole numbers of 1 to 8, without and with a sign. */
const fixedBytes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8]
