/** Thrown within decoders only: the bytes end before what they announce, or say what cannot be. */
export class MalformedBytesError extends Error {}

/** Runs a decoder; `undefined` where the bytes are malformed. */
export function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof MalformedBytesError) return undefined
    throw error
  }
}

/** Reads fields one after the other and never beyond the end. */
export class ByteReader {
  readonly #view: DataView
  readonly #littleEndian: boolean
  #at = 0

  /** @param order `little` in Ring's own datagrams, `big` in what JGroups speaks */
  constructor(bytes: Uint8Array, order: 'little' | 'big') {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#littleEndian = order === 'little'
  }

  get remaining(): number {
    return this.#view.byteLength - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.#littleEndian)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.#littleEndian)
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2), this.#littleEndian)
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), this.#littleEndian)
  }

  /** A whole number of at most 2^53 - 1, in eight bytes. */
  u64(): number {
    const value = Number(this.#view.getBigUint64(this.#take(8), this.#littleEndian))
    if (!Number.isSafeInteger(value)) throw new MalformedBytesError('a number is too large')
    return value
  }

  /** A view of the next bytes, not a copy. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length)
  }

  #take(length: number): number {
    if (length < 0 || length > this.remaining) throw new MalformedBytesError('the bytes end too early')
    const at = this.#at
    this.#at += length
    return at
  }
}
