/** Puts fields one behind the other. */
export class ByteWriter {
  readonly #littleEndian: boolean
  #bytes = new Uint8Array(256)
  #length = 0

  /** @param order `little` in Ring's own datagrams, `big` in what JGroups speaks */
  constructor(order: 'little' | 'big') {
    this.#littleEndian = order === 'little'
  }

  get length(): number {
    return this.#length
  }

  /** A copy of what was written. */
  get written(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  u8(value: number): this {
    return this.#put(1, (view) => view.setUint8(0, value))
  }

  u16(value: number): this {
    return this.#put(2, (view) => view.setUint16(0, value, this.#littleEndian))
  }

  u32(value: number): this {
    return this.#put(4, (view) => view.setUint32(0, value, this.#littleEndian))
  }

  u64(value: number): this {
    return this.#put(8, (view) => view.setBigUint64(0, BigInt(value), this.#littleEndian))
  }

  bytes(source: Uint8Array): this {
    const at = this.#grow(source.length)
    this.#bytes.set(source, at)
    return this
  }

  #put(length: number, set: (view: DataView) => void): this {
    const at = this.#grow(length)
    set(new DataView(this.#bytes.buffer, at, length))
    return this
  }

  /** Makes room, and returns where it begins. */
  #grow(length: number): number {
    const at = this.#length
    this.#length += length
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
    }
    return at
  }
}
