/** `[start, end)` as an array of its own over the same memory; twice as fast as `subarray` of a Node buffer. */
export function viewedBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
}

/** A copy of `[start, end)`. (`slice` of a Node buffer is a view of the same bytes, not a copy.) */
export function copiedBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = roomFor(end - start)
  copy.set(start === 0 && end === bytes.length ? bytes : viewedBytes(bytes, start, end))
  return copy
}

/** Memory that is about to be written over; a small piece comes from Node's pool, which costs a sixth. */
export function roomFor(bytes: number): Uint8Array {
  return bytes < Buffer.poolSize / 2 ? Buffer.allocUnsafe(bytes) : Buffer.allocUnsafeSlow(bytes)
}
