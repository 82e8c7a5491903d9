/** `[start, end)` as an array of its own over the same memory; twice as fast as `subarray` of a Node buffer. */
export function viewedBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
}

/** A copy of `[start, end)`. (`slice` of a Node buffer is a view of the same bytes, not a copy.) */
export function copiedBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  copy.set(bytes.subarray(start, end))
  return copy
}
