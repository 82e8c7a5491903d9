/** A copy of `[start, end)`. (`slice` of a Node buffer is a view of the same bytes, not a copy.) */
export function copiedBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  copy.set(bytes.subarray(start, end))
  return copy
}
